package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.store.Things.cpus;
import static yunqi.server.store.Things.created;
import static yunqi.server.store.Things.row;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.server.store.Written.Reason;

/** Several servers on one database, each with several threads, all wanting the same. */
final class PostgresRacesIT {
    private static final int SERVERS = 3;
    private static final int THREADS = 4; // of each server
    private final List<PostgresStore> servers = new ArrayList<>();
    private PostgresSettings settings = PostgresSettings.of("jdbc:postgresql:none", "", "");

    @BeforeEach
    void open() throws Exception {
        settings = PostgresForTests.database();
        for (int i = 0; i < SERVERS; i++) {
            servers.add(PostgresStore.open(settings, Instant::now));
        }
    }

    @AfterEach
    void close() {
        servers.forEach(PostgresStore::close);
    }

    private interface Attempt {
        Written with(Store store, int thread);
    }

    /** What each thread of each server was told. */
    private List<Written> everybody(Attempt attempt) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Written>> answers = new ArrayList<>();
            for (int i = 0; i < SERVERS * THREADS; i++) {
                int thread = i;
                answers.add(threads.submit(() -> attempt.with(servers.get(thread % SERVERS), thread)));
            }
            List<Written> written = new ArrayList<>();
            for (Future<Written> answer : answers) {
                written.add(answer.get());
            }
            return written;
        }
    }

    private static long done(List<Written> all) {
        return all.stream().filter(written -> written instanceof Written.Done).count();
    }

    private static void onlyRefused(List<Written> all, Reason reason) {
        for (Written written : all) {
            if (written instanceof Written.Refused refused) {
                assertThat(refused.reason()).isEqualTo(reason);
            }
        }
    }

    @Test
    void aNameGoesToOne() throws Exception {
        for (int round = 0; round < 20; round++) {
            String name = "n" + round;
            List<Written> all = everybody((store, thread) -> store.write(List.of(new Write.Create(row(name)))));
            assertThat(done(all)).isEqualTo(1);
            onlyRefused(all, Reason.NAME_TAKEN);
        }
        assertThat(servers.getFirst().count("instance", Optional.empty())).isEqualTo(20);
    }

    @Test
    void aKeyGoesToOneEvenIfWantedInAnyOrder() throws Exception {
        List<UUID> owners = new ArrayList<>();
        for (int i = 0; i < SERVERS * THREADS; i++) {
            owners.add(created(servers.getFirst(), row("n" + i)).id());
        }
        for (int round = 0; round < 20; round++) {
            String scope = "s" + round;
            List<Written> all = everybody((store, thread) -> {
                UUID owner = owners.get(thread);
                Write one = new Write.Claim(scope, "a", owner);
                Write other = new Write.Claim(scope, "b", owner);
                return store.write(thread % 2 == 0 ? List.of(one, other) : List.of(other, one));
            });
            assertThat(done(all)).isEqualTo(1);
            onlyRefused(all, Reason.TAKEN);
            assertThat(servers.getFirst().claims(scope)).containsExactly("a", "b");
        }
    }

    @Test
    void aPoolIsFilledButNeverOversold() throws Exception {
        Store store = servers.getFirst();
        store.write(List.of(new Write.Limit("x", cpus(1000)), new Write.Limit("y", cpus(1000))));
        List<UUID> owners = new ArrayList<>();
        for (int i = 0; i < SERVERS * THREADS; i++) {
            owners.add(created(store, row("n" + i)).id());
        }
        AtomicLong refused = new AtomicLong();
        everybody((server, thread) -> {
            Random random = new Random(thread);
            Written last = new Written.Done(List.of());
            for (int i = 0; i < 40; i++) {
                Write x = new Write.Charge("x", owners.get(thread), cpus(random.nextInt(200)));
                Write y = new Write.Charge("y", owners.get(thread), cpus(random.nextInt(200)));
                Written written = server.write(random.nextBoolean() ? List.of(x, y) : List.of(y, x));
                refused.addAndGet(written instanceof Written.Refused ? 1 : 0);
            }
            return last;
        });
        assertThat(refused.get()).isPositive();
        assertThat(store.charged("x").within(cpus(1000))).isTrue();
        try (var connection = PostgresForTests.connect(settings);
                var statement = connection.createStatement();
                var result = statement.executeQuery("""
                        select count(*) filter (where taken_milli_cpus <> sum), count(*) from pool
                        join (select pool, sum(milli_cpus) as sum from charge group by pool) c on c.pool = name""")) {
            result.next();
            assertThat(result.getLong(1)).isZero();
            assertThat(result.getLong(2)).isEqualTo(2);
        }
    }

    @Test
    void theLastUnitOfAQuotaGoesToOne() throws Exception {
        Store store = servers.getFirst();
        for (int round = 0; round < 20; round++) {
            String pool = "quota/" + round;
            store.write(List.of(new Write.Limit(pool, new Amounts(0, 0, 0, 1, 0))));
            List<Written> all = everybody((server, thread) -> {
                Row row = row("q" + pool.substring(6) + "-" + thread);
                return server.write(
                        List.of(new Write.Create(row), new Write.Charge(pool, row.id(), new Amounts(0, 0, 0, 1, 0))));
            });
            assertThat(done(all)).isEqualTo(1);
            onlyRefused(all, Reason.FULL);
            assertThat(store.charged(pool)).isEqualTo(new Amounts(0, 0, 0, 1, 0));
        }
        assertThat(store.count("instance", Optional.empty())).isEqualTo(20);
    }

    @Test
    void nobodyOverwritesWhatHeHasNotRead() throws Exception {
        UUID id = created(servers.getFirst(), row("a")).id();
        AtomicLong accepted = new AtomicLong();
        everybody((store, thread) -> {
            Written last = new Written.Done(List.of());
            for (int i = 0; i < 25; i++) {
                Row row = store.get(id).orElseThrow();
                last = store.write(List.of(new Write.Observe(id, row.meta().observation(), "{\"n\":" + i + "}")));
                onlyRefused(List.of(last), Reason.STALE);
                accepted.addAndGet(last instanceof Written.Done ? 1 : 0);
            }
            return last;
        });
        assertThat(servers.getFirst().get(id).orElseThrow().meta().observation())
                .isEqualTo(accepted.get());
    }

    @Test
    void whoCrossesWithOthersNeitherDeadlocksNorLosesAnything() throws Exception {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            ids.add(created(servers.getFirst(), row("n" + i)).id());
        }
        AtomicLong accepted = new AtomicLong();
        everybody((store, thread) -> {
            Random random = new Random(thread);
            Written last = new Written.Done(List.of());
            for (int i = 0; i < 30; i++) {
                UUID one = ids.get(random.nextInt(ids.size()));
                UUID other = ids.get(random.nextInt(ids.size()));
                long n = store.get(one).orElseThrow().meta().observation();
                long m = store.get(other).orElseThrow().meta().observation() + (one.equals(other) ? 1 : 0);
                last = store.write(List.of(new Write.Observe(one, n, "{}"), new Write.Observe(other, m, "{}")));
                onlyRefused(List.of(last), Reason.STALE);
                accepted.addAndGet(last instanceof Written.Done ? 2 : 0);
            }
            return last;
        });
        long sum = 0;
        for (UUID id : ids) {
            sum += servers.getFirst().get(id).orElseThrow().meta().observation();
        }
        assertThat(sum).isEqualTo(accepted.get());
    }

    @Test
    void aLoopHasOneOwnerAtATime() throws Exception {
        UUID id = created(servers.getFirst(), row("a")).id();
        Instant end = Instant.now().plusSeconds(5);
        AtomicLong changesOfOwner = new AtomicLong();
        AtomicLong written = new AtomicLong();
        List<Callable<Long>> owners = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Store store = servers.get(i % SERVERS);
            String owner = "owner-" + i;
            owners.add(() -> {
                long newest = 0;
                while (Instant.now().isBefore(end)) {
                    Optional<Lease> lease = store.lease("loop", owner, Duration.ofMillis(40));
                    if (lease.isEmpty()) {
                        continue;
                    }
                    assertThat(lease.get().epoch()).isGreaterThanOrEqualTo(newest);
                    changesOfOwner.addAndGet(lease.get().epoch() == newest ? 0 : 1);
                    newest = lease.get().epoch();
                    // Works on past the lease's end: the guard alone has to stop it.
                    for (int n = 0; n < 10; n++) {
                        Row row = store.get(id).orElseThrow();
                        long epoch = row.decided().equals(Row.EMPTY) ? 0 : Long.parseLong(row.decided());
                        Written answer = store.write(List.of(
                                new Write.Guard("loop", owner, newest),
                                new Write.Decide(
                                        id, 1, row.meta().decision(), Long.toString(newest), Optional.empty())));
                        if (answer instanceof Written.Done) {
                            assertThat(newest).as("epochs never go back").isGreaterThanOrEqualTo(epoch);
                            written.incrementAndGet();
                        }
                    }
                }
                return newest;
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Long> owner : threads.invokeAll(owners)) {
                owner.get();
            }
        }
        assertThat(changesOfOwner.get()).isGreaterThan(3);
        assertThat(written.get())
                .isEqualTo(servers.getFirst().get(id).orElseThrow().meta().decision());
    }

    @Test
    void figures() {
        Store store = servers.getFirst();
        List<List<Write>> creates = new ArrayList<>();
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            Row row = row("n" + i);
            ids.add(row.id());
            creates.add(
                    List.of(new Write.Create(row), new Write.Charge("quota", row.id(), new Amounts(1, 1, 1, 1, 1))));
        }
        store.write(List.of(new Write.Limit("quota", new Amounts(10_000, 10_000, 10_000, 10_000, 10_000))));
        for (int host = 0; host < 100; host++) {
            store.write(List.of(new Write.Limit("host" + host, cpus(1_000_000))));
        }
        measure("create + quota, batches of 500", creates, store);
        List<List<Write>> placements = new ArrayList<>();
        for (UUID id : ids) {
            int host = placements.size() % 100;
            placements.add(List.of(
                    new Write.Decide(id, 1, 0, "{\"host\":" + host + "}", Optional.of(new UUID(0, host))),
                    new Write.Charge("host" + host, id, cpus(1))));
        }
        measure("decide + charge, batches of 500", placements, store);
        for (int round = 0; round < 3; round++) {
            long observation = round;
            List<List<Write>> seen = new ArrayList<>();
            ids.forEach(id -> seen.add(List.of(new Write.Observe(id, observation, "{\"phase\":\"running\"}"))));
            measure("observe, batches of 500", seen, store);
        }
    }

    private static void measure(String what, List<List<Write>> transactions, Store store) {
        long start = System.nanoTime();
        List<Written> written = store.writeAll(transactions);
        double seconds = (System.nanoTime() - start) / 1e9;
        assertThat(written.stream().filter(one -> one instanceof Written.Done)).hasSize(transactions.size());
        System.out.printf("FIGURE %s: %.0f/s%n", what, transactions.size() / seconds);
    }
}

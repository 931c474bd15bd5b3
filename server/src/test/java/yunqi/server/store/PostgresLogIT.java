package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static yunqi.server.store.Things.created;
import static yunqi.server.store.Things.row;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The change log loses nothing, whatever order transactions commit in. */
final class PostgresLogIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private PostgresSettings settings = PostgresSettings.of("jdbc:postgresql:none", "", "");

    @BeforeEach
    void database() throws Exception {
        settings = PostgresForTests.database();
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow(); // a test that failed has left some waiting
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private PostgresStore server() {
        PostgresStore store = PostgresStore.open(settings, Instant::now);
        opened.add(store);
        return store;
    }

    private PostgresDatabase raw() {
        PostgresDatabase database = PostgresDatabase.open(settings);
        opened.add(database);
        return database;
    }

    /** What a reader sees until there were so many changes and the log is quiet. */
    private static List<Change> follow(Store store, long after, int count, int limit) throws InterruptedException {
        List<Change> seen = new ArrayList<>();
        Instant deadline = Instant.now().plus(PATIENCE);
        long position = after;
        while (seen.size() < count && Instant.now().isBefore(deadline)) {
            store.await(position, Duration.ofMillis(500));
            List<Change> page = store.changes(position, limit);
            seen.addAll(page);
            position = page.isEmpty() ? position : page.getLast().version();
        }
        return seen;
    }

    private static List<String> names(List<Change> changes) {
        return changes.stream().map(change -> change.name().value()).toList();
    }

    /** Writes and commits when told. */
    private static final class Slow {
        private final CountDownLatch written = new CountDownLatch(1);
        private final CountDownLatch commit = new CountDownLatch(1);
        private final Future<?> end;

        Slow(ExecutorService threads, PostgresDatabase database, List<Write> writes) throws InterruptedException {
            end = threads.submit(() -> database.transaction(handle -> {
                PostgresBatch.run(handle, List.of(writes), 0);
                written.countDown();
                try {
                    commit.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return true;
            }));
            written.await();
        }

        void commit() throws Exception {
            commit.countDown();
            end.get();
        }
    }

    @Test
    void whatCommitsLateIsStillFoundByThoseWhoReadOn() throws Exception {
        PostgresStore store = server();
        PostgresDatabase database = raw();
        Slow first = new Slow(threads, database, List.of(new Write.Create(row("first"))));
        Slow second = new Slow(threads, database, List.of(new Write.Create(row("second"))));
        Slow third = new Slow(threads, database, List.of(new Write.Create(row("third"))));
        created(store, row("quick-1"));
        List<Change> seen = new ArrayList<>(follow(store, 0, 1, 10));
        assertThat(names(seen)).as("nobody waits for a slow transaction").containsExactly("quick-1");
        third.commit();
        seen.addAll(follow(store, seen.getLast().version(), 1, 10));
        created(store, row("quick-2"));
        seen.addAll(follow(store, seen.getLast().version(), 1, 10));
        second.commit();
        seen.addAll(follow(store, seen.getLast().version(), 1, 10));
        first.commit();
        seen.addAll(follow(store, seen.getLast().version(), 1, 10));
        assertThat(names(seen)).containsExactly("quick-1", "third", "quick-2", "second", "first");
        assertThat(seen.stream().map(Change::version)).containsExactly(1L, 2L, 3L, 4L, 5L);
        // A server that was not there reads the same from the tables.
        assertThat(server().changes(0, 10)).isEqualTo(seen);
        assertThat(server().changes(2, 2)).isEqualTo(seen.subList(2, 4));
    }

    @Test
    void theOrderOfOneRowIsKeptThoughTheLaterTransactionBeganFirst() throws Exception {
        PostgresStore store = server();
        PostgresDatabase database = raw();
        UUID id = created(store, row("row")).id();
        follow(store, 0, 1, 10);
        try (Connection connection = PostgresForTests.connect(settings);
                Statement statement = connection.createStatement()) {
            // Nobody can make a tick meanwhile: all of it comes into one.
            statement.execute("select pg_advisory_lock(" + PostgresLog.TICK_LOCK + ")");
            database.transaction(handle -> {
                // Gets its transaction id first, touches the row last.
                PostgresBatch.run(handle, List.of(List.of(new Write.Create(row("early")))), 0);
                store.write(List.of(new Write.MarkDeleted(id, 1, Things.CREATED)));
                PostgresBatch.run(handle, List.of(List.of(new Write.Remove(id, 0))), 0);
                return true;
            });
        }
        assertThat(follow(store, 1, 3, 10).stream()
                        .filter(change -> change.id().equals(id))
                        .map(Change::what))
                .containsExactly(Change.What.CHANGED, Change.What.REMOVED);
    }

    /** Rows whose host counts up: the log then tells the order in which a row was changed. */
    @Test
    void manyReadersSeeEachChangeOnceAndInOrderWhileManyWrite() throws Exception {
        int rows = 12;
        int rounds = 40;
        List<PostgresStore> servers = List.of(server(), server(), server());
        PostgresDatabase database = raw();
        Map<UUID, List<Optional<UUID>>> expected = new LinkedHashMap<>();
        List<Row> made = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            Row row = created(servers.getFirst(), row("n" + i));
            made.add(row);
            List<Optional<UUID>> hosts = new ArrayList<>(List.of(Optional.empty()));
            for (int n = 1; n <= rounds; n++) {
                if (n > 1) {
                    hosts.add(host(n - 1));
                }
                hosts.add(host(n));
            }
            expected.put(row.id(), hosts);
        }
        int all = expected.values().stream().mapToInt(List::size).sum();
        AtomicBoolean done = new AtomicBoolean();
        List<Future<List<Change>>> readers = new ArrayList<>();
        for (PostgresStore server : servers) {
            for (int limit : List.of(1, 7, 1000)) {
                readers.add(threads.submit(() -> follow(server, 0, all, limit)));
            }
        }
        List<Future<?>> disturbers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Random random = new Random(i);
            disturbers.add(threads.submit(() -> {
                while (!done.get()) {
                    longTransaction(database, random.nextInt(150));
                }
            }));
        }
        List<Future<?>> writers = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            Row row = made.get(i);
            Store store = servers.get(i % servers.size());
            boolean raw = i % 4 == 0;
            writers.add(threads.submit(() -> {
                for (int n = 1; n <= rounds; n++) {
                    Write next = new Write.Decide(row.id(), 1, n - 1, "{}", host(n));
                    Things.done(raw ? late(database, next) : store.write(List.of(next)));
                }
            }));
        }
        for (Future<?> writer : writers) {
            writer.get();
        }
        for (Future<List<Change>> reader : readers) {
            List<Change> seen = reader.get();
            Map<UUID, List<Optional<UUID>>> hosts = new LinkedHashMap<>();
            seen.forEach(change ->
                    hosts.computeIfAbsent(change.id(), id -> new ArrayList<>()).add(change.host()));
            assertThat(seen).hasSize(all);
            assertThat(seen.stream().map(Change::version)).isSorted().doesNotHaveDuplicates();
            assertThat(hosts).isEqualTo(expected);
        }
        done.set(true);
        for (Future<?> disturber : disturbers) {
            disturber.get();
        }
    }

    private static Optional<UUID> host(int n) {
        return Optional.of(new UUID(0, n));
    }

    /** A transaction id that stays in the way of all snapshots for a while. */
    private static void longTransaction(PostgresDatabase database, int millis) {
        database.transaction(handle -> {
            handle.execute("select pg_current_xact_id()");
            handle.execute("select pg_sleep(" + millis + " / 1000.0)");
            return true;
        });
    }

    /** Commits a while after it has written. */
    private static Written late(PostgresDatabase database, Write write) {
        return database.transaction(handle -> {
            Written written = PostgresBatch.run(handle, List.of(List.of(write)), 0)
                    .written()
                    .getFirst();
            handle.execute("select pg_sleep(0.02)");
            return written;
        });
    }

    @Test
    void whatIsTrimmedIsToldAndTheRestIsKept() throws Exception {
        PostgresLog.Keep little = new PostgresLog.Keep(Duration.ofHours(1), 5, Duration.ofMillis(20));
        PostgresStore store = PostgresStore.open(settings, Instant::now, little);
        opened.add(store);
        long position = 0;
        for (int i = 0; i < 20; i++) {
            created(store, row("n" + i));
            position = follow(store, position, 1, 10).getLast().version();
        }
        Instant deadline = Instant.now().plus(PATIENCE);
        while (store.oldest() < 14 && Instant.now().isBefore(deadline)) {
            store.await(position, Duration.ofMillis(50));
        }
        PostgresStore other = server();
        assertThat(other.oldest()).isBetween(14L, 15L);
        assertThat(other.changes(other.oldest(), 100)).hasSize((int) (20 - other.oldest()));
        assertThatThrownBy(() -> other.changes(other.oldest() - 1, 100)).isInstanceOf(LogTrimmed.class);
        try (var connection = PostgresForTests.connect(settings);
                var statement = connection.createStatement();
                var result = statement.executeQuery("select count(*) from change_log")) {
            result.next();
            assertThat(result.getLong(1)).isEqualTo(20 - other.oldest());
        }
    }

    @Test
    void aDumpRestoredElsewhereStartsANewLogBehindTheOld() throws Exception {
        try (PostgresStore store = PostgresStore.open(settings, Instant::now)) {
            created(store, row("a"));
            follow(store, 0, 1, 10);
        }
        try (var connection = PostgresForTests.connect(settings);
                var statement = connection.createStatement()) {
            statement.execute("update change_tick set snapshot = '900000000000:900000000000:' where upto = 1");
            statement.execute("update change_log set xid = '899999999999'");
        }
        PostgresStore store = server();
        assertThat(store.version()).isEqualTo(2);
        assertThatThrownBy(() -> store.changes(1, 10)).isInstanceOf(LogTrimmed.class);
        long position = store.list(Query.all("instance")).version();
        created(store, row("b"));
        assertThat(names(follow(store, position, 1, 10))).containsExactly("b");
    }
}

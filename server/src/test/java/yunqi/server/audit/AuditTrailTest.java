package yunqi.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditChain.Found;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.Outcome;
import yunqi.core.audit.What;
import yunqi.core.audit.Who;
import yunqi.server.Eventually;
import yunqi.server.audit.AuditTrail.Deed;
import yunqi.server.store.Audit;
import yunqi.server.store.MemoryAudit;
import yunqi.server.store.StoreUnavailable;

/** What becomes of entries when things go wrong around them. */
final class AuditTrailTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ME = "server-1";
    private static final Who ALICE = new Who("alice", Optional.of(new UUID(0, 1)), Optional.of("t"), "192.0.2.1");

    private volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private final MemoryAudit kept = new MemoryAudit();
    private final Faulty audit = new Faulty();
    private volatile boolean refusesAll;

    /** Keeps what it is given, unless it is told not to. */
    private final class Faulty implements Audit {
        private volatile boolean announces = true;
        private volatile boolean appends = true;
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private final AtomicInteger announcements = new AtomicInteger();
        private final AtomicInteger refusals = new AtomicInteger();

        @Override
        public void announce(String by, List<Announced> entries) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!announces) {
                refusals.incrementAndGet();
                throw new StoreUnavailable("away");
            }
            announcements.incrementAndGet();
            kept.announce(by, entries);
        }

        @Override
        public void append(List<Announced> entries) {
            if (!appends) {
                throw new StoreUnavailable("away");
            }
            if (refusesAll
                    || entries.stream()
                            .anyMatch(one -> one.entry().what().name().equals("poison"))) {
                throw new IllegalStateException("cannot be kept");
            }
            kept.append(entries);
        }

        @Override
        public List<Announced> left(String by, Instant before, int limit) {
            return kept.left(by, before, limit);
        }

        @Override
        public List<AuditEntry> list(Asked asked) {
            return kept.list(asked);
        }

        @Override
        public Ends ends() {
            return kept.ends();
        }

        @Override
        public void forget(long upto) {
            kept.forget(upto);
        }
    }

    private AuditTrail open() {
        return AuditTrail.open(audit, () -> now, ME);
    }

    private static Deed deed(AuditTrail trail, String name) {
        return trail.deed(new AuditTrail.Request(
                name,
                "192.0.2.1",
                () -> new What("PUT", "/v1/projects/{project}/networks/{name}", Optional.of("red"), "network", name),
                true));
    }

    private static void done(AuditTrail trail, String name) throws InterruptedException {
        Deed deed = deed(trail, name);
        deed.asks(ALICE);
        deed.begins();
        deed.ends(Outcome.accepted(201));
    }

    private static void refused(AuditTrail trail, String name) throws InterruptedException {
        deed(trail, name).ends(Outcome.refused(401, "unauthorized", Optional.empty()));
    }

    private List<AuditEntry> chain() {
        return kept.list(Audit.Asked.after(kept.ends().start().number(), 5_000));
    }

    private List<String> results() {
        return chain().stream()
                .map(entry -> entry.what().name() + " " + entry.outcome().status())
                .toList();
    }

    private void eventually(String... wanted) throws Exception {
        Eventually.within(PATIENCE, "the entries are there", this::results, List.of(wanted)::equals);
    }

    @Test
    void eachRequestLeavesOneEntry() throws Exception {
        try (AuditTrail trail = open()) {
            done(trail, "a");
            refused(trail, "b");
            Deed twice = deed(trail, "c");
            twice.asks(ALICE);
            twice.begins();
            twice.ends(Outcome.accepted(200));
            twice.ends(Outcome.refused(500, "fault", Optional.empty()));
            eventually("a 201", "b 401", "c 200");
        }
        assertThat(results()).containsExactly("a 201", "b 401", "c 200");
        assertThat(kept.left(ME, now, 9)).isEmpty();
    }

    @Test
    void nothingIsAnsweredBeforeItsEntryIsSure() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (AuditTrail trail = open();
                ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            audit.gate = gate;
            Deed deed = deed(trail, "a");
            deed.asks(ALICE);
            deed.begins(); // comes back: what is asked for is done meanwhile
            Future<?> answered = pool.submit(() -> {
                deed.ends(Outcome.accepted(201));
                return true;
            });
            assertThat(kept.left(ME, now, 9)).isEmpty();
            assertThat(answered.isDone()).isFalse();
            gate.countDown();
            answered.get();
            assertThat(chain().size() + kept.left(ME, now, 9).size()).isEqualTo(1);
        } finally {
            gate.countDown();
        }
    }

    /** A server that is killed after its answer was sent appends nothing any more: the one after it does. */
    @Test
    void whatAKilledServerLeftIsTakenUpByItsSuccessor() throws Exception {
        AuditTrail killed = open();
        audit.appends = false;
        done(killed, "a");
        refused(killed, "b");
        Deed cut = deed(killed, "c");
        cut.asks(ALICE);
        cut.begins();
        cut.sure();
        assertThat(results()).isEmpty();
        try (AuditTrail next = AuditTrail.open(kept, () -> now, ME)) {
            assertThat(next.kept().ends().head().number()).isEqualTo(3);
            // How a refusal ended before anything began is known; of the others only that they were begun.
            assertThat(results()).containsExactlyInAnyOrder("a 0", "b 401", "c 0");
            assertThat(chain().getFirst().outcome().result()).isNotNull();
        }
        audit.appends = true; // the killed one was not dead at all: it says nothing twice
        killed.close();
        assertThat(results()).hasSize(3);
    }

    @Test
    void anotherServersRequestsAreLeftToItUntilItMustBeDead() throws Exception {
        try (AuditTrail killed = open()) {
            audit.appends = false;
            done(killed, "a");
            now = now.plus(Duration.ofMinutes(10));
            AuditTrail.open(kept, () -> now, "server-2").close();
            assertThat(results()).isEmpty();
            now = now.plus(Duration.ofMinutes(10));
            AuditTrail.open(kept, () -> now, "server-2").close();
            assertThat(results()).containsExactly("a 0");
            audit.appends = true;
        }
    }

    @Test
    void whatCannotBeWrittenIsNotAnsweredAndWrittenWhenItCan() throws Exception {
        try (AuditTrail trail = open()) {
            audit.announces = false;
            Deed deed = deed(trail, "a");
            deed.asks(ALICE);
            deed.begins();
            assertThatThrownBy(() -> deed.ends(Outcome.accepted(201))).isInstanceOf(StoreUnavailable.class);
            assertThatThrownBy(() -> refused(trail, "b")).isInstanceOf(StoreUnavailable.class);
            assertThat(results()).isEmpty();
            audit.announces = true;
            eventually("a 201", "b 401");
        }
        assertThat(results()).hasSize(2);
    }

    @Test
    void anEntryThatCannotBeKeptTakesNoOtherWithIt() throws Exception {
        try (AuditTrail trail = open()) {
            audit.appends = false; // so that all are in one batch
            for (String name : List.of("a", "poison", "b")) {
                done(trail, name);
            }
            audit.appends = true;
            eventually("a 201", " 503", "b 201");
        }
        assertThat(chain())
                .as("another takes its place")
                .filteredOn(entry -> entry.outcome().code().equals(Optional.of("lost")))
                .singleElement()
                .satisfies(entry -> assertThat(entry.request()).isEqualTo("poison"))
                .satisfies(entry -> assertThat(entry.what().name()).isEmpty());
        assertThat(kept.left(ME, now, 9)).isEmpty();
    }

    /** A server must start, whatever its predecessor left. */
    @Test
    void whatIsLeftAndCannotBeKeptTakesNoOtherWithItAndHoldsUpNoStart() throws Exception {
        AuditTrail killed = open();
        audit.appends = false;
        for (String name : List.of("a", "poison", "b")) {
            done(killed, name);
        }
        audit.appends = true;
        refusesAll = true; // not even what would take its place
        open().close();
        assertThat(results()).isEmpty();
        assertThat(kept.left(ME, now, 9)).hasSize(3);
        refusesAll = false;
        try (AuditTrail next = open()) {
            assertThat(results()).containsExactlyInAnyOrder("a 0", " 503", "b 0");
            assertThat(next.kept().left(ME, now, 9)).isEmpty();
        }
        killed.close();
        assertThat(results()).hasSize(3);
    }

    @Test
    void whatWasCountedIsNotForgottenWhileTheDatabaseIsAway() throws Exception {
        try (AuditTrail trail = open()) {
            for (int i = 0; i < Flood.LIMIT + 50; i++) {
                refused(trail, "n" + i);
            }
            audit.announces = false;
            now = now.plus(Duration.ofMinutes(2));
            Eventually.within(PATIENCE, "it is tried in vain", audit.refusals::get, tries -> tries > 0);
            audit.announces = true;
        }
        assertThat(chain().getLast().count()).isEqualTo(50);
    }

    @Test
    void aFloodWithoutATokenIsCountedInOneEntry() throws Exception {
        try (AuditTrail trail = open()) {
            for (int i = 0; i < Flood.LIMIT + 50; i++) {
                refused(trail, "n" + i);
            }
            done(trail, "a");
            Deed signsIn = deed(trail, "b");
            signsIn.begins();
            signsIn.about("b");
            signsIn.ends(Outcome.accepted(201));
        }
        List<AuditEntry> chain = chain();
        assertThat(chain).hasSize(Flood.LIMIT + 3);
        assertThat(chain.getLast().count()).isEqualTo(50);
        assertThat(chain.getLast().outcome().status()).isEqualTo(429);
        assertThat(results()).as("who has a token, or gets one, is not counted").contains("a 201", "b 201");
    }

    @Test
    void manyAtOnceShareTheirTransactions() throws Exception {
        int count = 3_000;
        CountDownLatch gate = new CountDownLatch(1);
        audit.gate = gate;
        try (AuditTrail trail = AuditTrail.open(audit, () -> now, ME);
                ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            CountDownLatch begun = new CountDownLatch(count);
            for (int i = 0; i < count; i++) {
                String name = "n" + i;
                running.add(pool.submit(() -> {
                    Deed deed = deed(trail, name);
                    deed.asks(ALICE);
                    deed.begins();
                    begun.countDown();
                    deed.ends(Outcome.accepted(201));
                    return true;
                }));
            }
            begun.await();
            gate.countDown();
            for (Future<?> one : running) {
                one.get();
            }
            assertThat(audit.announcements.get()).isLessThan(20);
        }
        assertThat(chain()).hasSize(count);
        assertThat(AuditChain.check(AuditChain.Mark.START, chain()))
                .isEqualTo(new Found.Whole(kept.ends().head()));
    }

    @Test
    void moreThanCanWaitIsNotBegun() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        audit.gate = gate;
        AuditTrail trail = open();
        try (trail) {
            int begun = 0;
            boolean full = false;
            while (!full && begun < 2 * AuditTrail.WAITING_LIMIT) {
                Deed deed = deed(trail, "a");
                deed.asks(ALICE);
                try {
                    deed.begins();
                    begun++;
                } catch (StoreUnavailable e) {
                    full = true;
                }
            }
            assertThat(full).isTrue();
            assertThat(begun).isBetween(AuditTrail.WAITING_LIMIT, AuditTrail.WAITING_LIMIT + 1_000);
            gate.countDown();
        }
    }

    @Test
    void theOldestAreLetGoWithAnEntryThatSaysSo() throws Exception {
        try (AuditTrail trail = AuditTrail.open(audit, () -> now, ME, 5)) {
            for (int i = 0; i < 20; i++) {
                done(trail, "n" + i);
            }
        }
        assertThat(kept.ends().start().number()).isEqualTo(15);
        assertThat(chain().getFirst().what().name()).isEqualTo("n15");
        assertThat(chain().getLast().who()).isEqualTo(Who.site());
        assertThat(chain().getLast().count()).isEqualTo(15);
        assertThat(AuditChain.check(kept.ends().start(), chain()))
                .isEqualTo(new Found.Whole(kept.ends().head()));
    }
}

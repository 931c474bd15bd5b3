package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditChain.Found;
import yunqi.core.audit.AuditChain.Mark;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.AuditFilter;
import yunqi.core.audit.Outcome;
import yunqi.core.audit.What;
import yunqi.core.audit.Who;
import yunqi.core.base.BadValue;
import yunqi.server.store.Audit.Announced;
import yunqi.server.store.Audit.Asked;
import yunqi.server.store.Audit.Ends;

/** What every place for the audit does. */
abstract class AuditContract {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123Z");
    private static final String ME = "server-1";
    private static final int ALL = 1_000;

    /** Empty at the beginning of each test. */
    abstract Audit audit();

    static AuditEntry entry(String name) {
        return AuditEntry.of(
                NOON,
                new Who("alice", Optional.of(new UUID(1, 2)), Optional.of("ci"), "192.0.2.1"),
                new What("PUT", "/v1/projects/{project}/networks/{name}", Optional.of("red"), "network", name),
                Outcome.accepted(201),
                "0123456789abcdef");
    }

    static Announced announced(AuditEntry entry) {
        return new Announced(UUID.randomUUID(), entry);
    }

    final void appended(AuditEntry... entries) {
        List<Announced> all =
                java.util.Arrays.stream(entries).map(AuditContract::announced).toList();
        audit().announce(ME, all);
        audit().append(all);
    }

    final List<AuditEntry> all() {
        return audit().list(Asked.after(0, ALL));
    }

    private List<String> names(Asked asked) {
        return audit().list(asked).stream().map(entry -> entry.what().name()).toList();
    }

    @Test
    void whatIsAppendedComesBackAsItWasAndInItsOrder() {
        AuditEntry plain = AuditEntry.of(
                NOON.plusNanos(1_234_567),
                Who.anonymous("2001:db8::1"),
                new What("POST", "/v1/login", Optional.empty(), "login", ""),
                Outcome.refused(403, "bad-login", Optional.of("user")),
                "r");
        appended(entry("a"), plain.times(7));
        appended(entry("b").ended(Outcome.UNKNOWN));
        List<AuditEntry> all = all();
        assertThat(all.stream().map(AuditEntry::number)).containsExactly(1L, 2L, 3L);
        assertThat(all)
                .isEqualTo(AuditChain.append(
                        Mark.START,
                        List.of(entry("a"), plain.times(7), entry("b").ended(Outcome.UNKNOWN))));
        assertThat(AuditChain.check(Mark.START, all)).isEqualTo(new Found.Whole(Mark.of(all.getLast())));
        assertThat(audit().ends()).isEqualTo(new Ends(Mark.START, Mark.of(all.getLast())));
    }

    @Test
    void anEntryIsAppendedOnceHoweverOftenItIsTried() {
        List<Announced> two = List.of(announced(entry("a")), announced(entry("b")));
        audit().announce(ME, two);
        audit().announce(ME, two);
        audit().append(two);
        audit().append(two);
        audit().append(List.of(announced(entry("never-announced"))));
        assertThat(names(Asked.after(0, ALL))).containsExactly("a", "b");
        assertThat(audit().left(ME, NOON.plusSeconds(9), ALL)).isEmpty();
    }

    @Test
    void whatWasAnnouncedIsLeftUntilItIsAppended() {
        Announced mine = announced(entry("mine").ended(Outcome.UNKNOWN));
        Announced others = announced(entry("others"));
        audit().announce(ME, List.of(mine));
        audit().announce("server-2", List.of(others));
        assertThat(audit().left(ME, NOON, ALL)).containsExactly(mine);
        assertThat(audit().left("server-3", NOON, ALL)).isEmpty();
        assertThat(audit().left("server-3", NOON.plusMillis(1), ALL)).containsExactlyInAnyOrder(mine, others);
        assertThat(audit().left("server-3", NOON.plusMillis(1), 1)).hasSize(1);
        assertThat(all()).isEmpty();
        Announced known = new Announced(mine.id(), entry("mine"));
        audit().announce(ME, List.of(known));
        assertThat(audit().left(ME, NOON, ALL))
                .as("said again, with its outcome")
                .containsExactly(known);
        audit().append(List.of(known));
        assertThat(audit().left(ME, NOON, ALL)).isEmpty();
        assertThat(names(Asked.after(0, ALL))).containsExactly("mine");
    }

    @Test
    void whoeverAppendsTogetherMakesOneChain() throws Exception {
        int threads = 8;
        int rounds = 10;
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                String name = "t" + i;
                running.add(pool.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        appended(entry(name), entry(name));
                    }
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
        List<AuditEntry> all = all();
        assertThat(all).hasSize(threads * rounds * 2);
        assertThat(AuditChain.check(Mark.START, all))
                .isEqualTo(new Found.Whole(audit().ends().head()));
    }

    @Test
    void entriesAreFoundByWhatTheySay() {
        AuditEntry refused = entry("b").ended(Outcome.refused(409, "name-taken", Optional.empty()));
        AuditEntry bob = entry("c").by(new Who("bob", Optional.empty(), Optional.empty(), ""));
        AuditEntry site = entry("d").about(new What("POST", "/v1/join", Optional.empty(), "join", "d"));
        AuditEntry late =
                AuditEntry.of(NOON.plusSeconds(1), entry("e").who(), entry("e").what(), Outcome.UNKNOWN, "r");
        appended(entry("a"), refused, bob, site, late);
        assertThat(found("actor", "alice")).containsExactly("a", "b", "d", "e");
        assertThat(found("actor", "carol")).isEmpty();
        assertThat(found("project", "red")).containsExactly("a", "b", "c", "e");
        assertThat(found("kind", "join")).containsExactly("d");
        assertThat(found("name", "c")).containsExactly("c");
        assertThat(found("from", NOON.plusSeconds(1).toString())).containsExactly("e");
        assertThat(found("to", NOON.plusSeconds(1).toString())).containsExactly("a", "b", "c", "d");
        assertThat(found("result", "accepted")).containsExactly("a", "c", "d");
        assertThat(found("result", "refused")).containsExactly("b");
        assertThat(found("result", "unknown")).containsExactly("e");
        assertThat(found("actor", "alice", "project", "red", "result", "refused"))
                .containsExactly("b");
    }

    private List<String> found(String... words) {
        Map<String, String> said = new TreeMap<>();
        for (int i = 0; i < words.length; i += 2) {
            said.put(words[i], words[i + 1]);
        }
        AuditFilter filter = AuditFilter.read(word -> Optional.ofNullable(said.get(word)));
        List<String> oldest = names(new Asked(filter, false, 0, ALL));
        assertThat(names(Asked.newest(filter, ALL))).isEqualTo(oldest.reversed());
        return oldest;
    }

    @Test
    void pagesFollowEachOtherInBothDirections() {
        appended(entry("a"), entry("b"), entry("c"), entry("d"), entry("e"));
        assertThat(names(Asked.after(0, 2))).containsExactly("a", "b");
        assertThat(names(Asked.after(2, 2))).containsExactly("c", "d");
        assertThat(names(Asked.after(5, 2))).isEmpty();
        assertThat(names(Asked.newest(AuditFilter.ALL, 2))).containsExactly("e", "d");
        assertThat(names(new Asked(AuditFilter.ALL, true, 4, 2))).containsExactly("c", "b");
        assertThatThrownBy(() -> Asked.after(0, 0)).isInstanceOf(BadValue.class);
        assertThatThrownBy(() -> Asked.after(0, Audit.PAGE_LIMIT + 1)).isInstanceOf(BadValue.class);
    }

    @Test
    void aForgottenBeginningLeavesTheRestWhole() {
        appended(entry("a"), entry("b"), entry("c"), entry("d"));
        Mark second = Mark.of(all().get(1));
        audit().forget(2);
        assertThat(audit().ends().start()).isEqualTo(second);
        assertThat(names(Asked.after(0, ALL))).containsExactly("c", "d");
        appended(entry("e"));
        assertThat(AuditChain.check(second, all()))
                .isEqualTo(new Found.Whole(audit().ends().head()));
        assertThatThrownBy(() -> audit().forget(2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> audit().forget(9)).isInstanceOf(IllegalStateException.class);
        audit().forget(5);
        assertThat(all()).isEmpty();
        appended(entry("f"));
        assertThat(all().getFirst().number()).isEqualTo(6);
    }
}

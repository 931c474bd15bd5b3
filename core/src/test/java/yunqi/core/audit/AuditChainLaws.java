package yunqi.core.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import yunqi.core.audit.AuditChain.Found;
import yunqi.core.audit.AuditChain.Mark;

/** Whatever is done to a chain after it was written is found, and where it begins is named. */
final class AuditChainLaws {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    /** Every value that an entry has, each changed by itself. */
    private static final List<UnaryOperator<AuditEntry>> CHANGES = List.of(
            e -> new AuditEntry(
                    e.number(), e.at().plusMillis(1), e.who(), e.what(), e.outcome(), e.request(), e.count(), e.hash()),
            e -> e.by(new Who(
                    e.who().name() + "x",
                    e.who().token(),
                    e.who().label(),
                    e.who().from())),
            e -> e.by(new Who(
                    e.who().name(),
                    Optional.of(new UUID(7, 7)),
                    e.who().label(),
                    e.who().from())),
            e -> e.by(new Who(
                    e.who().name(), e.who().token(), Optional.of(""), e.who().from())),
            e -> e.by(new Who(e.who().name(), e.who().token(), e.who().label(), "")),
            e -> e.about(new What(
                    "PATCH",
                    e.what().route(),
                    e.what().project(),
                    e.what().kind(),
                    e.what().name())),
            e -> e.about(new What(
                    e.what().method(),
                    "/",
                    e.what().project(),
                    e.what().kind(),
                    e.what().name())),
            e -> e.about(new What(
                    e.what().method(),
                    e.what().route(),
                    Optional.of("p"),
                    e.what().kind(),
                    e.what().name())),
            e -> e.about(new What(
                    e.what().method(),
                    e.what().route(),
                    e.what().project(),
                    "k",
                    e.what().name())),
            e -> e.about(e.what().about("another")),
            e -> e.ended(new Outcome(299, e.outcome().code(), e.outcome().field())),
            e -> e.ended(new Outcome(
                    e.outcome().status(), Optional.of("c"), e.outcome().field())),
            e -> e.ended(new Outcome(e.outcome().status(), e.outcome().code(), Optional.of("f"))),
            e -> new AuditEntry(e.number(), e.at(), e.who(), e.what(), e.outcome(), "", e.count(), e.hash()),
            e -> e.times(e.count() + 1),
            e -> e.placed(e.number(), "f".repeat(64)));

    private final List<AuditEntry> chain = new ArrayList<>();

    private void write(Random random) {
        List<AuditEntry> entries = new ArrayList<>();
        int count = 2 + random.nextInt(20);
        for (int i = 0; i < count; i++) {
            entries.add(entry(random));
        }
        chain.addAll(AuditChain.append(Mark.START, entries));
    }

    private static AuditEntry entry(Random random) {
        Who who = random.nextBoolean()
                ? Who.anonymous("192.0.2.1")
                : new Who("alice", Optional.of(new UUID(0, random.nextInt(3))), Optional.of("t"), "192.0.2.2");
        What what = What.of("PUT", "/v1/projects/{project}/instances/{name}", key -> key + random.nextInt(3));
        Outcome outcome = random.nextBoolean()
                ? Outcome.accepted(201)
                : Outcome.refused(409, "name-taken", random.nextBoolean() ? Optional.empty() : Optional.of("name"));
        return AuditEntry.of(NOON.plusMillis(random.nextInt(5)), who, what, outcome, "r" + random.nextInt(3));
    }

    private long broken(List<AuditEntry> entries) {
        return switch (AuditChain.check(Mark.START, entries)) {
            case Found.Whole _ -> 0;
            case Found.Broken broken -> broken.number();
        };
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsLeftAloneIsWhole(long seed) {
        write(new Random(seed));
        assertThat(AuditChain.check(Mark.START, chain)).isEqualTo(new Found.Whole(Mark.of(chain.getLast())));
        int middle = chain.size() / 2;
        assertThat(AuditChain.check(Mark.of(chain.get(middle - 1)), chain.subList(middle, chain.size())))
                .as("from any mark")
                .isEqualTo(new Found.Whole(Mark.of(chain.getLast())));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyChangeOfAnyValueIsFoundWhereItIs(long seed) {
        Random random = new Random(seed);
        write(random);
        int at = random.nextInt(chain.size());
        for (UnaryOperator<AuditEntry> change : CHANGES) {
            AuditEntry changed = change.apply(chain.get(at));
            if (!changed.equals(chain.get(at))) {
                List<AuditEntry> other = new ArrayList<>(chain);
                other.set(at, changed);
                assertThat(broken(other))
                        .as("%s instead of %s", changed, chain.get(at))
                        .isEqualTo(at + 1L);
            }
        }
    }

    /** Also by one who knows how hashes are made: then the next entry doesn't follow. */
    @ParameterizedTest
    @MethodSource("seeds")
    void aChangeWithANewHashIsFoundOneLater(long seed) {
        Random random = new Random(seed);
        write(random);
        int at = random.nextInt(chain.size() - 1);
        Mark before = at == 0 ? Mark.START : Mark.of(chain.get(at - 1));
        List<AuditEntry> other = new ArrayList<>(chain);
        other.set(at, AuditChain.append(before, List.of(chain.get(at).times(9))).getFirst());
        assertThat(broken(other)).isEqualTo(at + 2L);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsTakenOutIsFound(long seed) {
        Random random = new Random(seed);
        write(random);
        int at = random.nextInt(chain.size() - 1);
        List<AuditEntry> other = new ArrayList<>(chain);
        other.remove(at);
        assertThat(broken(other)).isEqualTo(at + 1L);
        List<AuditEntry> closed = new ArrayList<>(other.subList(0, at));
        other.subList(at, other.size()).forEach(entry -> closed.add(entry.placed(entry.number() - 1, entry.hash())));
        assertThat(broken(closed)).as("numbered anew").isEqualTo(at + 1L);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsPutInIsFound(long seed) {
        Random random = new Random(seed);
        write(random);
        int at = random.nextInt(chain.size());
        Mark before = at == 0 ? Mark.START : Mark.of(chain.get(at - 1));
        List<AuditEntry> other = new ArrayList<>(chain);
        other.add(at, AuditChain.append(before, List.of(entry(random).times(5))).getFirst());
        assertThat(broken(other)).isIn(at + 1L, at + 2L);
        List<AuditEntry> twice = new ArrayList<>(chain);
        twice.add(at, chain.get(at));
        assertThat(broken(twice)).as("one twice").isEqualTo(at + 1L);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsExchangedIsFound(long seed) {
        Random random = new Random(seed);
        write(random);
        int first = random.nextInt(chain.size() - 1);
        int second = first + 1 + random.nextInt(chain.size() - first - 1);
        List<AuditEntry> other = new ArrayList<>(chain);
        Collections.swap(other, first, second);
        assertThat(broken(other)).isEqualTo(first + 1L);
        List<AuditEntry> renumbered = new ArrayList<>(other);
        renumbered.set(
                first, other.get(first).placed(first + 1L, other.get(first).hash()));
        renumbered.set(
                second, other.get(second).placed(second + 1L, other.get(second).hash()));
        assertThat(broken(renumbered)).as("numbered anew").isEqualTo(first + 1L);
    }

    /** Text that is moved from one value into the next is another entry. */
    @ParameterizedTest
    @MethodSource("seeds")
    void noTwoEntriesLookAlike(long seed) {
        Random random = new Random(seed);
        Set<AuditEntry> entries = new HashSet<>();
        Set<String> hashes = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            Who who = new Who(word(random), Optional.empty(), Optional.of(word(random)), word(random));
            What what = new What(word(random), word(random), Optional.of(word(random)), word(random), word(random));
            entries.add(AuditEntry.of(NOON, who, what, Outcome.UNKNOWN, word(random)));
        }
        entries.forEach(entry -> hashes.add(AuditChain.hash("", entry)));
        assertThat(hashes).hasSameSizeAs(entries);
    }

    private static String word(Random random) {
        return List.of("", "a", "aa", "1:a,", ",", "a,1:a").get(random.nextInt(6));
    }
}

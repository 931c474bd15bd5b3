package yunqi.server.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a charge fits into its pool, and in words which amounts do not. */
final class Excess {
    private Excess() {}

    /** What is too much if an owner takes {@code wanted} instead of {@code before} beside the others. An amount that does not grow is never too much. */
    static Optional<String> of(Amounts limit, Amounts others, Amounts before, Amounts wanted) {
        List<String> words = new ArrayList<>();
        check(words, "milliCpus", limit.milliCpus() - others.milliCpus(), before.milliCpus(), wanted.milliCpus());
        check(
                words,
                "memoryBytes",
                limit.memoryBytes() - others.memoryBytes(),
                before.memoryBytes(),
                wanted.memoryBytes());
        check(words, "diskBytes", limit.diskBytes() - others.diskBytes(), before.diskBytes(), wanted.diskBytes());
        check(words, "instances", limit.instances() - others.instances(), before.instances(), wanted.instances());
        check(words, "addresses", limit.addresses() - others.addresses(), before.addresses(), wanted.addresses());
        return words.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", words));
    }

    private static void check(List<String> words, String what, long room, long before, long wanted) {
        if (wanted > before && wanted > room) {
            words.add(wanted + " " + what + " wanted, " + Math.max(0, room) + " left");
        }
    }
}

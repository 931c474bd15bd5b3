package yunqi.server.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongFunction;
import yunqi.core.base.Bytes;

/** Whether a charge fits into its pool, and in words which amounts do not: what is wanted, what is in use by others, and the limit. */
final class Excess {
    private static final long MILLI = 1_000;

    private Excess() {}

    /** What is too much if an owner takes {@code wanted} instead of {@code before} beside the others. An amount that does not grow is never too much. */
    static Optional<String> of(Amounts limit, Amounts others, Amounts before, Amounts wanted) {
        List<String> words = new ArrayList<>();
        check(words, "instances", Long::toString, new long[] {
            limit.instances(), others.instances(), before.instances(), wanted.instances()
        });
        check(words, "vcpus", Excess::cpus, new long[] {
            limit.milliCpus(), others.milliCpus(), before.milliCpus(), wanted.milliCpus()
        });
        check(words, "memory", Excess::size, new long[] {
            limit.memoryBytes(), others.memoryBytes(), before.memoryBytes(), wanted.memoryBytes()
        });
        check(words, "disk", Excess::size, new long[] {
            limit.diskBytes(), others.diskBytes(), before.diskBytes(), wanted.diskBytes()
        });
        check(words, "addresses", Long::toString, new long[] {
            limit.addresses(), others.addresses(), before.addresses(), wanted.addresses()
        });
        return words.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", words));
    }

    /** {@code amounts}: the limit, those of others, of this owner before, and wanted. */
    private static void check(List<String> words, String what, LongFunction<String> form, long[] amounts) {
        long limit = amounts[0];
        long others = amounts[1];
        long wanted = amounts[3];
        if (wanted > amounts[2] && wanted > limit - others) {
            words.add(what + ": " + form.apply(wanted) + " wanted, " + form.apply(others) + " of " + form.apply(limit)
                    + " in use");
        }
    }

    private static String cpus(long milli) {
        return milli % MILLI == 0
                ? Long.toString(milli / MILLI)
                : String.format(Locale.ROOT, "%.3f", milli / (double) MILLI);
    }

    private static String size(long bytes) {
        return new Bytes(bytes).toString();
    }
}

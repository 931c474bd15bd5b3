package yunqi.core.base;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A size in bytes, never negative. Reads {@code 512MiB}, {@code 10GiB}, {@code 4096}; prints the largest whole unit. */
public record Bytes(long count) implements Comparable<Bytes> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,15})\\s*(B|KiB|MiB|GiB|TiB|K|M|G|T)?");
    private static final String[] UNITS = {"TiB", "GiB", "MiB", "KiB"};

    public Bytes {
        if (count < 0) {
            throw new BadValue("size", count + " bytes: a size is not negative");
        }
    }

    public static Bytes mebibytes(long count) {
        return new Bytes(Math.multiplyExact(count, 1L << 20));
    }

    public static Bytes gibibytes(long count) {
        return new Bytes(Math.multiplyExact(count, 1L << 30));
    }

    /** Reads a size; K, M, G, T alone mean KiB, MiB, GiB, TiB. Throws {@link BadValue}. */
    public static Bytes parse(String text) {
        Matcher m = FORM.matcher(text.strip());
        if (!m.matches()) {
            throw new BadValue("size", "'" + text + "' is not a size: write it as 512MiB or 10GiB");
        }
        String unit = m.group(2) == null ? "B" : m.group(2).substring(0, 1).toUpperCase(Locale.ROOT);
        int shift = "BKMGT".indexOf(unit) * 10;
        long number = Long.parseLong(m.group(1));
        if (number > Long.MAX_VALUE >> shift) {
            throw new BadValue("size", "'" + text + "' is too large");
        }
        return new Bytes(number << shift);
    }

    public long toMebibytes() {
        return count >> 20;
    }

    public Bytes plus(Bytes other) {
        return new Bytes(Math.addExact(count, other.count));
    }

    @Override
    public int compareTo(Bytes other) {
        return Long.compare(count, other.count);
    }

    @Override
    public String toString() {
        for (int i = 0; i < UNITS.length; i++) {
            long unit = 1L << (40 - 10 * i);
            if (count >= unit && count % unit == 0) {
                return count / unit + UNITS[i];
            }
        }
        return Long.toString(count);
    }
}

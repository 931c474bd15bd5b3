package yunqi.cli.show;

import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns. Where a line would be wider than the terminal, the widest columns give way first. */
public final class Table {
    private static final String GAP = "  ";
    private static final int NARROWEST = 6; // below this a cell says nothing any more

    private Table() {}

    /** The table as lines without trailing blanks; {@code columns} is how wide a line may be. */
    public static List<String> lines(List<String> head, List<List<String>> rows, int columns) {
        int[] widths = new int[head.size()];
        List<List<String>> all = new ArrayList<>();
        all.add(head);
        all.addAll(rows);
        for (List<String> row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        narrow(widths, head, columns);
        List<String> lines = new ArrayList<>();
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(i == 0 ? "" : GAP).append(fit(row.get(i), widths[i]));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private static void narrow(int[] widths, List<String> head, int columns) {
        long total = (long) GAP.length() * (widths.length - 1);
        for (int width : widths) {
            total += width;
        }
        while (total > columns) {
            int widest = 0;
            for (int i = 1; i < widths.length; i++) {
                if (widths[i] > widths[widest]) {
                    widest = i;
                }
            }
            if (widths[widest] <= Math.max(NARROWEST, width(head.get(widest)))) {
                return; // a terminal this narrow has to wrap
            }
            widths[widest]--;
            total--;
        }
    }

    private static String fit(String text, int width) {
        int own = width(text);
        if (own <= width) {
            return text + " ".repeat(width - own);
        }
        StringBuilder kept = new StringBuilder();
        int used = 0;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            if (used + width(point) > width - 1) {
                break;
            }
            kept.appendCodePoint(point);
            used += width(point);
            i += Character.charCount(point);
        }
        return kept + "…" + " ".repeat(width - used - 1);
    }

    /** How many cells of a terminal the text takes. */
    static int width(String text) {
        return text.codePoints().map(Table::width).sum();
    }

    private static int width(int point) {
        if (point < 0x300) {
            return 1;
        }
        int type = Character.getType(point);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        boolean wide = (point >= 0x1100 && point <= 0x115F)
                || (point >= 0x2E80 && point <= 0xA4CF)
                || (point >= 0xAC00 && point <= 0xD7A3)
                || (point >= 0xF900 && point <= 0xFAFF)
                || (point >= 0xFE30 && point <= 0xFE6F)
                || (point >= 0xFF00 && point <= 0xFF60)
                || (point >= 0xFFE0 && point <= 0xFFE6)
                || (point >= 0x1F300 && point <= 0x1FAFF)
                || (point >= 0x20000 && point <= 0x3FFFD);
        return wide ? 2 : 1;
    }
}

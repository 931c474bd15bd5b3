package yunqi.core.base;

import java.util.List;
import java.util.Optional;

/** Finds the name that was probably meant. */
public final class Spelling {
    private Spelling() {}

    /** The known name with the fewest edits from the wanted one, if they are few for its length. */
    public static Optional<Name> closest(Name wanted, List<Name> known) {
        int best = Math.max(1, wanted.value().length() / 3) + 1; // a third wrong is another word, not a slip
        Optional<Name> closest = Optional.empty();
        for (Name name : known) {
            int edits = edits(wanted.value(), name.value());
            if (edits < best) {
                best = edits;
                closest = Optional.of(name);
            }
        }
        return closest;
    }

    /** Letters to add, drop, change or swap with their neighbour (Damerau's distance, each letter moved at most once). */
    static int edits(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(cost[i - 1][j - 1] + change, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                boolean swapped = i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
                if (swapped) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[from.length()][to.length()];
    }
}

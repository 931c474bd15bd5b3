package yunqi.trials.simulation.world;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How often each fault met each operation: it struck while the operation was under way, where that operation could feel it. */
public final class Coverage {
    private final Map<Fault, Map<Operation, Integer>> met = new EnumMap<>(Fault.class);

    public void met(Fault fault, Operation operation) {
        add(fault, operation, 1);
    }

    public void add(Coverage other) {
        other.met.forEach((fault, row) -> row.forEach((operation, times) -> add(fault, operation, times)));
    }

    private void add(Fault fault, Operation operation, int times) {
        met.computeIfAbsent(fault, _ -> new EnumMap<>(Operation.class)).merge(operation, times, Integer::sum);
    }

    public int times(Fault fault, Operation operation) {
        return met.getOrDefault(fault, Map.of()).getOrDefault(operation, 0);
    }

    /** The least of all pairs. */
    public int least() {
        int least = Integer.MAX_VALUE;
        for (Fault fault : Fault.values()) {
            for (Operation operation : Operation.values()) {
                least = Math.min(least, times(fault, operation));
            }
        }
        return least;
    }

    /** The pairs that met less often than this. */
    public List<String> below(int needed) {
        List<String> pairs = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            for (Operation operation : Operation.values()) {
                if (times(fault, operation) < needed) {
                    pairs.add(fault + " with " + operation);
                }
            }
        }
        return pairs;
    }

    public void print(PrintStream out) {
        out.printf(Locale.ROOT, "%-15s", "");
        for (Operation operation : Operation.values()) {
            out.printf(Locale.ROOT, "%15s", operation);
        }
        out.println();
        for (Fault fault : Fault.values()) {
            out.printf(Locale.ROOT, "%-15s", fault);
            for (Operation operation : Operation.values()) {
                out.printf(Locale.ROOT, "%15d", times(fault, operation));
            }
            out.println();
        }
    }
}

package yunqi.drivers.fake;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import yunqi.core.base.EngineException;

/**
 * What goes wrong, asked once for each call of an engine. {@code operation} is the interface's word and the method's, such as {@code instance.start},
 * {@code image.ensure}, {@code port.attach}, {@code network.apply}; {@code instance.wake} is asked before a watch is woken, and any fault there loses the wake-up.
 */
@FunctionalInterface
public interface Faults {
    /** Nothing ever goes wrong. */
    Faults NONE = _ -> new Fault.None();

    Fault next(String operation);

    /** How one call goes wrong, or not. */
    sealed interface Fault {
        record None() implements Fault {}

        /** Nothing is done, and that is said. */
        record Fails(EngineException.Kind kind) implements Fault {}

        /** It is done, but the answer is that it was not. */
        record Lies(EngineException.Kind kind) implements Fault {}

        /** It takes this much longer. */
        record Slow(Duration pause) implements Fault {}
    }

    /** Faults that a test switches on and off by operation, or by the word before the dot for all of its operations. */
    final class Switches implements Faults {
        private final Map<String, Fault> on = new ConcurrentHashMap<>();

        public void set(String operation, Fault fault) {
            on.put(operation, fault);
        }

        public void clear() {
            on.clear();
        }

        @Override
        public Fault next(String operation) {
            Fault whole = on.getOrDefault(operation.substring(0, operation.indexOf('.')), new Fault.None());
            return on.getOrDefault(operation, whole);
        }
    }
}

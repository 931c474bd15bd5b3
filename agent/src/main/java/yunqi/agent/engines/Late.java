package yunqi.agent.engines;

import java.util.concurrent.atomic.AtomicReference;
import yunqi.core.base.EngineException;

/** A driver whose engine is still coming up; until then every call says what is waited for. */
final class Late<T> {
    private sealed interface State<T> {
        record Waiting<T>(String why) implements State<T> {}

        record There<T>(T driver) implements State<T> {}
    }

    private final String engine;
    private final AtomicReference<State<T>> state = new AtomicReference<>(new State.Waiting<>("it is being started"));

    Late(String engine) {
        this.engine = engine;
    }

    void waiting(String why) {
        state.set(new State.Waiting<>(why));
    }

    void there(T driver) {
        state.set(new State.There<>(driver));
    }

    T get() throws EngineException {
        return switch (state.get()) {
            case State.There<T>(T driver) -> driver;
            case State.Waiting<T>(String why) ->
                throw new EngineException(EngineException.Kind.UNAVAILABLE, engine + " is not up yet: " + why);
        };
    }
}

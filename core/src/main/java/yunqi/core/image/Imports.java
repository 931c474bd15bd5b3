package yunqi.core.image;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImportDecided.State;
import yunqi.core.reconcile.Backoff;

/** The whole life of an import. Pure. */
public final class Imports {
    /** How long an import that did not end is kept at, with its file; what is needed longer is not coming. */
    public static final Duration LIFE = Duration.ofHours(24);

    static final Duration DONE_KEPT = Duration.ofHours(1); // for those who look how it went
    static final Duration FAILED_KEPT = Duration.ofHours(24);
    private static final Duration LOOK = Duration.ofMillis(250); // at work that is going on
    private static final Duration LONG_LOOK = Duration.ofSeconds(30); // at a sender who wakes us when he is done
    private static final Backoff PAUSES = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5));

    private Imports() {}

    /** How far the work of this server on it is. */
    public sealed interface Work {
        /** None was begun. */
        record None() implements Work {}

        /** It is going on; {@code whole}: the file is here, and is looked through. */
        record Busy(boolean whole) implements Work {}

        record Made(ImageSpec image) implements Work {}

        record Broken(EngineException.Kind kind, String message) implements Work {}
    }

    /** What is done next. */
    public sealed interface Step {
        record Wait(Duration pause) implements Step {}

        /** Begin to fetch, check and store. */
        record Begin() implements Step {}

        /** Keep this, and forget the work if it has ended. */
        record Note(ImportDecided decided) implements Step {}

        /** Declare the image, and keep this. */
        record Declare(ImageSpec image, ImportDecided decided) implements Step {}

        /** Forget it, with its file. */
        record Remove() implements Step {}
    }

    public static ImportDecided first(ImportSpec spec, Instant now) {
        return spec.url().isPresent()
                ? decided(State.FETCHING, "is fetched", now)
                : decided(State.RECEIVING, "waits for its file", now);
    }

    public static Step next(Import it, Bytes received, Work work, Instant now) {
        ImportDecided decided = it.decided();
        if (decided.over()) {
            Duration kept = decided.state() == State.DONE ? DONE_KEPT : FAILED_KEPT;
            Duration left = Duration.between(now, decided.since().plus(kept));
            return left.isPositive() ? new Step.Wait(left) : new Step.Remove();
        }
        return switch (work) {
            case Work.None _ -> idle(it, received, now);
            case Work.Busy(boolean whole) -> busy(it, whole, now);
            case Work.Made(ImageSpec image) -> new Step.Declare(image, done(image.digest(), now));
            case Work.Broken(EngineException.Kind kind, String message) -> broken(it, kind, message, now);
        };
    }

    private static Step idle(Import it, Bytes received, Instant now) {
        boolean waits =
                it.spec().size().filter(size -> received.compareTo(size) < 0).isPresent();
        if (tooOld(it, now)) {
            return new Step.Note(decided(
                    State.FAILED,
                    waits
                            ? "its file did not come within " + LIFE.toHours() + " hours"
                            : it.decided().message(),
                    now));
        }
        if (waits) {
            return new Step.Wait(LONG_LOOK);
        }
        return it.decided()
                .next()
                .filter(now::isBefore)
                .<Step>map(next -> new Step.Wait(Duration.between(now, next)))
                .orElseGet(Step.Begin::new);
    }

    private static Step busy(Import it, boolean whole, Instant now) {
        State state = whole ? State.CHECKING : State.FETCHING;
        return it.decided().state() == state
                ? new Step.Wait(LOOK)
                : new Step.Note(decided(state, whole ? "is looked through and stored" : "is fetched", now));
    }

    private static Step broken(Import it, EngineException.Kind kind, String message, Instant now) {
        if (kind == EngineException.Kind.REFUSED || tooOld(it, now)) {
            return new Step.Note(decided(State.FAILED, message, now));
        }
        int failures = it.decided().failures() + 1;
        Instant next = now.plus(PAUSES.pause(failures)).truncatedTo(ChronoUnit.SECONDS);
        State state = it.spec().url().isPresent() ? State.FETCHING : State.CHECKING;
        return new Step.Note(new ImportDecided(
                state, message + "; tried again at " + next, now, failures, Optional.of(next), Optional.empty()));
    }

    private static boolean tooOld(Import it, Instant now) {
        return !now.isBefore(it.meta().created().plus(LIFE));
    }

    private static ImportDecided done(Digest image, Instant now) {
        return new ImportDecided(State.DONE, "the image can be used", now, 0, Optional.empty(), Optional.of(image));
    }

    private static ImportDecided decided(State state, String message, Instant now) {
        return new ImportDecided(state, message, now, 0, Optional.empty(), Optional.empty());
    }
}

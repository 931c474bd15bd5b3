package yunqi.server.http;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import yunqi.core.base.Event;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.wire.Kind;
import yunqi.server.store.Row;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** What is particular about one kind; how it is declared, listed, watched and deleted is the same for all ({@link Declarations}). */
public interface Rules<S extends Record, T> {
    /**
     * What a user declares: a thing of this name, in this project if the kind lives in one. {@code before} is what is there already, {@code id} its
     * identity or the one that it will have, {@code caller} who declares it.
     */
    record Wish<S>(
            UUID id, Optional<Row> project, Name name, Labels labels, S spec, Optional<Row> before, Caller caller) {}

    /** What will be kept, and what is written beside it in the same transaction. */
    record Admitted<S>(S spec, List<Write> beside) {
        public Admitted {
            beside = List.copyOf(beside);
        }
    }

    Kind kind();

    /** Who may list, show, declare and delete. */
    Right.Of rights();

    Class<S> spec();

    Class<T> status();

    /** Decides whether this can be. Throws {@link Refused} if not. May be asked again when what it read has changed meanwhile. */
    Admitted<S> admit(Wish<S> wish);

    /**
     * What is written to delete this: mostly a mark, and an engine removes it; or its removal at once if no engine knows it. Throws {@link Refused} if it may
     * not be deleted now, in words that the caller may read.
     */
    List<Write> deletion(Row row, Caller caller);

    /** What counts as decided of a new thing. */
    default String undecided() {
        return Row.EMPTY;
    }

    /** How things are as this caller may see them, for the length of one answer: what it looks up, it looks up once. */
    Function<Row, T> lens(Caller caller, Collection<Row> rows);

    /** What was declared as this caller may see it. */
    default S shown(S spec, Caller caller) {
        return spec;
    }

    /** What happened to a thing as this caller may know it. */
    default Event told(Event event, Caller caller) {
        return event;
    }

    /** The names of all that this caller may see of a kind that lives in no project; empty if that is all there is. */
    default Optional<List<Name>> seen(Caller caller) {
        return Optional.empty();
    }

    /** The answer to a write that was refused, if it is not just that somebody else was faster. */
    default Optional<Refused> refusal(Wish<S> wish, Written.Refused why) {
        return Optional.empty();
    }

    /** The projects whose things are shown to this one. */
    default List<Name> shownIn(Name project) {
        return List.of(project);
    }
}

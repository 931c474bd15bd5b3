package yunqi.server.store;

import java.util.List;
import java.util.Optional;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.base.Spelling;
import yunqi.core.wire.Kind;

/** Tells which name was probably meant, of those that are kept. */
public final class Closest {
    private Closest() {}

    /** {@code ; did you mean 'x'?} or nothing. */
    public static String hint(Name wanted, List<Name> known) {
        return Spelling.closest(wanted, known)
                .map(name -> "; did you mean '" + name + "'?")
                .orElse("");
    }

    /** The names of a kind: those of the first page, which is enough for a hint. */
    public static List<Name> names(Store store, Kind kind, List<Name> projects) {
        return store
                .list(new Query(kind.word(), projects, Labels.NONE, Optional.empty(), Optional.empty(), Query.LIMIT))
                .rows()
                .stream()
                .map(row -> row.meta().name())
                .distinct()
                .toList();
    }
}

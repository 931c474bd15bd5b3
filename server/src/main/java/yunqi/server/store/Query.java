package yunqi.server.store;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;

/**
 * Which rows of a kind: of these projects (all if empty), with all these labels, decided for this host if one is named, after this cursor (that of
 * the page before, or empty). Sorted by project, then name, then creation. {@code limit} is 1 to 1,000.
 */
public record Query(
        String kind, List<Name> projects, Labels labels, Optional<UUID> host, Optional<String> after, int limit) {
    public static final int LIMIT = 1_000; // a page of this size is under a megabyte

    public Query {
        projects = List.copyOf(projects);
        if (limit < 1 || limit > LIMIT) {
            throw new yunqi.core.base.BadValue("limit", limit + " is not between 1 and " + LIMIT);
        }
    }

    /** Every row of a kind, page by page. */
    public static Query all(String kind) {
        return new Query(kind, List.of(), Labels.NONE, Optional.empty(), Optional.empty(), LIMIT);
    }

    public Query after(String cursor) {
        return new Query(kind, projects, labels, host, Optional.of(cursor), limit);
    }

    public Query onHost(UUID id) {
        return new Query(kind, projects, labels, Optional.of(id), after, limit);
    }
}

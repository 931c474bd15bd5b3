package yunqi.server.store;

import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Name;

/**
 * One entry of the change log. {@code version} orders all changes, those of one row as they happened; readers that ask for what is after a version
 * never miss one. {@code host} is what the row is decided for now, or was before if it is for none now. A row that went from one host to
 * another is logged twice, for the old host and for the new, so that both hear of it. {@code counts} are
 * the row's after the change, so that who knows the row as far as that need not look at it; a removal raises its generation once more.
 */
public record Change(
        long version,
        What what,
        String kind,
        UUID id,
        Optional<Name> project,
        Name name,
        Optional<UUID> host,
        Counts counts) {
    /** What happened to the row. */
    public enum What {
        CREATED,
        CHANGED,
        REMOVED
    }
}

package yunqi.server.store;

import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Name;

/** One entry of the change log. {@code version} orders all changes; readers that ask for what is after a version never miss one. {@code host} is where the row was decided for before or after, whichever is known. */
public record Change(
        long version, What what, String kind, UUID id, Optional<Name> project, Name name, Optional<UUID> host) {
    /** What happened to the row. */
    public enum What {
        CREATED,
        CHANGED,
        REMOVED
    }
}

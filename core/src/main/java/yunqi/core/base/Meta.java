package yunqi.core.base;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What every thing has, whatever its kind. {@code project} is empty for things of the whole site. {@code generation} counts the changes of
 * what the user wants, {@code decision} those of what control decided, {@code observation} those of what hosts saw; {@code version} is the
 * change-log position of the last change of any of them.
 */
public record Meta(
        UUID id,
        Optional<Name> project,
        Name name,
        Labels labels,
        long generation,
        long decision,
        long observation,
        long version,
        Instant created,
        Optional<Instant> deleted) {
    public boolean wanted() {
        return deleted.isEmpty();
    }
}

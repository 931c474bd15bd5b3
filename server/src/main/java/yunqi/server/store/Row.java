package yunqi.server.store;

import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Meta;

/**
 * One thing as kept: what it is, and its three parts as JSON, each with one writer. {@code desired} is the API's, {@code decided} control's,
 * {@code seen} the host link's. {@code host} is the host it is decided for, typed so that it can be looked up. {@code kind} is the singular word
 * of the API: {@code instance}, {@code network}, {@code host}.
 */
public record Row(String kind, Meta meta, String desired, String decided, String seen, Optional<UUID> host) {
    /** What {@code decided} and {@code seen} are before anybody wrote them. */
    public static final String EMPTY = "{}";

    public UUID id() {
        return meta.id();
    }
}

package yunqi.server.access;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.project.Role;

/**
 * What a row of kind {@code token} holds as desired, hosts' join tokens excepted, which have fewer fields. {@code user} is the row of its user and {@code name} what he calls
 * it; the site's first token has neither, and doesn't run out. A token for one project remembers which of that name it was.
 */
record KeptToken(
        String hash,
        String purpose,
        Optional<Instant> expires,
        Optional<UUID> user,
        Optional<String> name,
        Optional<Name> project,
        Optional<UUID> projectId,
        Optional<Role> role) {
    /** Purposes: the site's first token, one that a user made, one that signing in made. */
    static final String OPERATOR = "operator";

    static final String USER = "user";
    static final String SESSION = "session";

    static KeptToken first(String hash) {
        return new KeptToken(
                hash,
                OPERATOR,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    boolean limited() {
        return project.isPresent() || role.isPresent();
    }

    /** What is kept as seen: when it was last used. */
    record Used(Instant at) {}
}

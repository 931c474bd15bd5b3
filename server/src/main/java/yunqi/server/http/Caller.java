package yunqi.server.http;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.project.Role;

/**
 * Who makes a request, and what he may do with the token that he sent: {@code roles} by project, everything if {@code operator}. {@code user} is his row, which the holder of
 * the site's first token doesn't have; {@code token} the token. A {@code limited} token is for one project or role only, so it can't make
 * others. {@code hosts} if he may know which hosts there are.
 */
public record Caller(
        Name name,
        Optional<UUID> user,
        Optional<Token> token,
        boolean operator,
        boolean limited,
        boolean hosts,
        SortedMap<Name, Role> roles) {
    /** A token: its row, and what its maker calls it. */
    public record Token(UUID id, String label) {}

    /** Whoever calls what is open to anyone. */
    public static final Caller NOBODY = new Caller(
            new Name("nobody"), Optional.empty(), Optional.empty(), false, true, false, Collections.emptySortedMap());

    /** The site itself, for what is done without a request. */
    public static final Caller SITE = new Caller(
            new Name("site"), Optional.empty(), Optional.empty(), true, false, true, Collections.emptySortedMap());

    public Caller {
        roles = Collections.unmodifiableSortedMap(new TreeMap<>(roles));
    }

    /** The role in a project; empty if he may not even know whether there is such a project. */
    public Optional<Role> in(Name project) {
        return operator ? Optional.of(Role.ADMIN) : Optional.ofNullable(roles.get(project));
    }

    /** True if he may know of the project. */
    public boolean sees(Name project) {
        return in(project).isPresent();
    }
}

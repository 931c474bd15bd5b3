package yunqi.server.http;

import java.util.Optional;
import yunqi.core.project.Role;

/** Who may call a route. Every route names one; there is none that is meant if it doesn't. */
public enum Right {
    /** Whoever can reach us. */
    ANYONE(false),
    /** Whoever holds a valid token, whatever for; the handler shows no more than the caller may see. */
    SIGNED_IN(false),
    /** Whoever sees the project, and everybody signed in where the project is the library. */
    READER(true),
    /** Whoever has at least this role in the project of the path. */
    VIEWER(true),
    MEMBER(true),
    ADMIN(true),
    /** The user whom the path names, with a token that is not limited; and operators. */
    SELF(false),
    /** Operators of the site, with a token that is not limited. */
    OPERATOR(false);

    private final boolean scoped;

    Right(boolean scoped) {
        this.scoped = scoped;
    }

    /** True if it is about one project, which the route's path then names first. */
    boolean scoped() {
        return scoped;
    }

    /** The role that is needed, if it is one. */
    Optional<Role> role() {
        return switch (this) {
            case READER, VIEWER -> Optional.of(Role.VIEWER);
            case MEMBER -> Optional.of(Role.MEMBER);
            case ADMIN -> Optional.of(Role.ADMIN);
            case ANYONE, SIGNED_IN, SELF, OPERATOR -> Optional.empty();
        };
    }

    /** Who may do what with the things of one kind. */
    public record Of(Right list, Right show, Right declare, Right delete) {
        /** Things of a project: seen by all in it, changed by members. */
        public static final Of PROJECT = new Of(VIEWER, VIEWER, MEMBER, MEMBER);

        /** Things of the site that everybody uses and operators offer. */
        public static final Of OFFERED = new Of(SIGNED_IN, SIGNED_IN, OPERATOR, OPERATOR);

        /** Things of the site that are nobody else's business. */
        public static final Of SITE = new Of(OPERATOR, OPERATOR, OPERATOR, OPERATOR);
    }
}

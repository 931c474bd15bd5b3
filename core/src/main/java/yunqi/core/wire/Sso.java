package yunqi.core.wire;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.BadValue;
import yunqi.core.base.Name;

/** What users and the server say to each other about signing in through an OpenID provider. Fields are only ever added. */
public final class Sso {
    private Sso() {}

    /** What a group of the provider's is worth here. */
    public enum Grade {
        VIEWER,
        MEMBER,
        ADMIN,
        /** Of the whole site. */
        OPERATOR
    }

    /** Whoever is in {@code group} has this role in the project; an operator has it in none. */
    public record GroupRole(String group, Grade role, Optional<Name> project) {
        private static final int GROUP_LIMIT = 256; // characters; distinguished names of directories are that long

        public GroupRole {
            if (group.isBlank() || group.length() > GROUP_LIMIT) {
                throw new BadValue("group", "is empty or longer than " + GROUP_LIMIT + " characters");
            }
            if (project.isPresent() == (role == Grade.OPERATOR)) {
                throw new BadValue(
                        "project",
                        role == Grade.OPERATOR
                                ? "is not for an operator, who is one of the whole site"
                                : "is missing: a role is one in a project");
            }
        }
    }

    /**
     * {@code PUT /v1/oidc}: the provider through which people may sign in. Left out, {@code clientSecret} stays as it is while issuer and client stay; empty, there is none. Claims
     * are {@code preferred_username} and {@code groups} if not said, a dot leads into a claim; {@code scopes} are asked for besides {@code openid}. Without
     * {@code admitAll} nobody comes in for the first time who is in none of the groups. {@code ca} is the certificate (PEM) of the provider's authority
     * if it is not a public one.
     */
    public record OidcProvider(
            String issuer,
            String clientId,
            Optional<String> clientSecret,
            Optional<String> usernameClaim,
            Optional<String> groupsClaim,
            Optional<List<String>> scopes,
            Optional<List<GroupRole>> groups,
            Optional<Boolean> admitAll,
            Optional<Integer> sessionMinutes,
            Optional<String> ca) {
        /** The secret stays out of logs. */
        @Override
        public String toString() {
            return "OidcProvider[" + issuer + "]";
        }
    }

    /** The provider as it is shown: of the secret, only whether there is one. */
    public record OidcProviderShown(
            String issuer,
            String clientId,
            boolean clientSecret,
            String usernameClaim,
            String groupsClaim,
            List<String> scopes,
            List<GroupRole> groups,
            boolean admitAll,
            int sessionMinutes,
            Optional<String> ca) {
        public OidcProviderShown {
            scopes = List.copyOf(scopes);
            groups = List.copyOf(groups);
        }
    }

    /** {@code POST /v1/login/oidc}: begins to sign in, with a browser that ends at {@code redirect}, an address of the caller's own machine, or on another {@code device}. */
    public record SsoWish(Optional<String> redirect, Optional<Boolean> device) {}

    /**
     * How to go on: a person opens {@code url}, and there says {@code userCode} if there is one. {@code flow} is sent with what comes back; who has it can finish, so it is
     * shown to nobody. {@code state} is what a browser must bring back; {@code intervalSeconds} is how often to ask whether a device's person is done.
     */
    public record SsoBegun(
            String flow,
            String url,
            String issuer,
            Optional<String> state,
            Optional<String> userCode,
            Optional<Integer> intervalSeconds,
            Instant expires) {
        /** The flow stays out of logs. */
        @Override
        public String toString() {
            return "SsoBegun[" + issuer + "]";
        }
    }

    /** {@code POST /v1/login/oidc/finish}: what a browser brought back, or nothing where the person is at another device. Gives a token. */
    public record SsoAnswer(String flow, Optional<String> code, Optional<String> state, Optional<String> issuer) {
        /** The flow and the code stay out of logs. */
        @Override
        public String toString() {
            return "SsoAnswer[]";
        }
    }
}

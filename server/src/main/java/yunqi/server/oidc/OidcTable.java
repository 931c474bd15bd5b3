package yunqi.server.oidc;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.project.Role;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Sso;
import yunqi.core.wire.Wire;
import yunqi.drivers.web.Place;
import yunqi.server.project.UserTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/** The provider, and the accounts of its people, as rows of the store. */
final class OidcTable {
    static final String KIND = "oidc";
    static final Name NAME = new Name("provider");
    private static final int NAME_DIGITS = 40; // of 64: no two accounts ever share 160 bits

    private OidcTable() {}

    /** What is kept of the provider. The {@code secret} is sealed; {@code place} is where it was when the operator named it. */
    record Kept(
            String issuer,
            String clientId,
            Optional<String> secret,
            String usernameClaim,
            String groupsClaim,
            List<String> scopes,
            List<Sso.GroupRole> groups,
            boolean admitAll,
            int sessionMinutes,
            Optional<String> ca,
            Place place) {
        /** The sealed secret stays out of logs, too. */
        @Override
        public String toString() {
            return "Kept[" + issuer + "]";
        }
    }

    /** An account at a provider, and the user that it is here: what its groups gave, and whether they made him an operator. */
    record Identity(String issuer, String subject, UUID user, List<Given> given, boolean operator) {
        Identity {
            given = List.copyOf(given);
        }
    }

    /** A grant as the groups left it, and the role that a person had given before, if one had. Changed since, it is a person's. */
    record Given(UUID grant, long generation, Optional<Role> before) {}

    static Optional<Row> find(Store store) {
        return store.find(KIND, Optional.empty(), NAME).filter(row -> row.meta().wanted());
    }

    static Kept read(Row row) {
        return Wire.stored(row.desired(), Kept.class);
    }

    /** The name of an account's row. An account is its issuer and subject, whatever else the provider says of it. */
    static Name account(String issuer, String subject) {
        return new Name("account-" + Digests.of(List.of(issuer, subject)).substring(0, NAME_DIGITS));
    }

    static Optional<Row> account(Store store, String issuer, String subject) {
        return store.find(UserTable.IDENTITY, Optional.empty(), account(issuer, subject))
                .filter(row -> row.meta().wanted());
    }

    static Identity identity(Row row) {
        return Wire.stored(row.desired(), Identity.class);
    }
}

package yunqi.server.oidc;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.wire.Sso;
import yunqi.core.wire.Wire;
import yunqi.drivers.web.Place;
import yunqi.server.access.Tokens;
import yunqi.server.http.Refused;
import yunqi.server.project.ProjectTable;
import yunqi.server.project.UserTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** Which provider people may sign in through: set, shown and removed by operators. Its secret is kept sealed and is shown to nobody. Safe for use by many threads. */
final class ProviderSettings {
    static final int SESSION_LEAST = 5; // minutes; less would sign people out while they type
    static final int SESSION_MOST = 7 * 24 * 60; // nobody asks the provider again for so long
    private static final int TEXT_LIMIT = 500; // characters of names, addresses and secrets
    private static final int LIST_LIMIT = 500; // groups: each is looked at when somebody signs in
    private static final int SCOPE_LIMIT = 20;
    private static final int CA_LIMIT = 64 << 10;
    private static final String PURPOSE = "oidc-client-secret";

    private final Store store;
    private final Clock clock;
    private final Seal seal;
    private Optional<Known> known = Optional.empty();

    /** The line to the provider that a row tells of. */
    private record Known(UUID row, long generation, ProviderLine line) {}

    ProviderSettings(Store store, Clock clock, Seal seal) {
        this.store = store;
        this.clock = clock;
        this.seal = seal;
    }

    /** Sets it, once it has been asked and says that it is what the operator says. */
    Sso.OidcProviderShown set(Sso.OidcProvider wish) throws InterruptedException {
        URI issuer = checked(wish);
        Optional<Row> before = OidcTable.find(store);
        Optional<String> secret = wish.clientSecret().isPresent()
                ? wish.clientSecret().filter(text -> !text.isEmpty())
                : before.map(OidcTable::read)
                        .filter(kept -> kept.issuer().equals(wish.issuer())
                                && kept.clientId().equals(wish.clientId()))
                        .flatMap(this::secret);
        OidcTable.Kept kept;
        try {
            kept = kept(wish, secret, Place.of(issuer.getHost()));
            if (issuer.getScheme().equals("http") && kept.place() != Place.MACHINE) {
                throw new BadValue("issuer", "has no TLS: write it as https://…");
            }
            new ProviderLine(kept, secret, clock).discovery();
        } catch (EngineException e) {
            throw Refused.unfit(
                    "provider-unfit",
                    "issuer",
                    String.valueOf(e.getMessage()),
                    "is it the address that the provider calls itself?");
        }
        Write write = before.<Write>map(
                        row -> new Write.Declare(row.id(), row.meta().generation(), Labels.NONE, Wire.write(kept)))
                .orElseGet(() -> new Write.Create(row(kept)));
        if (store.write(List.of(write)) instanceof Written.Refused) {
            throw Refused.conflict(
                    "changed-meanwhile", "somebody else changed the provider just now", "look, and try again");
        }
        return shown(kept);
    }

    private Row row(OidcTable.Kept kept) {
        Meta meta = new Meta(
                UUID.randomUUID(),
                Optional.empty(),
                OidcTable.NAME,
                Labels.NONE,
                1,
                0,
                0,
                0,
                clock.now(),
                Optional.empty());
        return new Row(OidcTable.KIND, meta, Wire.write(kept), Row.EMPTY, Row.EMPTY, Optional.empty());
    }

    Sso.OidcProviderShown show() {
        return shown(OidcTable.read(row()));
    }

    /** What was removed. Who came in by it stays, and cannot come again. */
    Sso.OidcProviderShown remove() {
        Row row = row();
        store.write(UserTable.removal(row, clock)); // refused if somebody else did just now
        return shown(OidcTable.read(row));
    }

    private Row row() {
        return OidcTable.find(store)
                .orElseThrow(() -> Refused.notFound(
                        "no provider is set up here to sign in through", "an operator does that: yunqi oidc set"));
    }

    /** The line to the provider that is set now. */
    synchronized ProviderLine line() {
        Row row = row();
        if (known.isEmpty()
                || !known.get().row().equals(row.id())
                || known.get().generation() != row.meta().generation()) {
            OidcTable.Kept kept = OidcTable.read(row);
            Optional<String> secret = secret(kept);
            if (secret.isEmpty() && kept.secret().isPresent()) {
                throw Refused.conflict(
                        "secret-lost",
                        "the provider's client secret cannot be read: it was sealed with another key",
                        "an operator sets it again: yunqi oidc set --client-secret-file FILE");
            }
            known = Optional.of(new Known(row.id(), row.meta().generation(), new ProviderLine(kept, secret, clock)));
        }
        return known.get().line();
    }

    private Optional<String> secret(OidcTable.Kept kept) {
        return kept.secret().flatMap(text -> seal.open(PURPOSE, text));
    }

    private OidcTable.Kept kept(Sso.OidcProvider wish, Optional<String> secret, Place place) {
        return new OidcTable.Kept(
                wish.issuer(),
                wish.clientId(),
                secret.map(text -> seal.close(PURPOSE, text)),
                wish.usernameClaim().orElse("preferred_username"),
                wish.groupsClaim().orElse("groups"),
                List.copyOf(wish.scopes().orElse(List.of())),
                List.copyOf(wish.groups().orElse(List.of())),
                wish.admitAll().orElse(false),
                wish.sessionMinutes().orElse((int) Tokens.SESSION.toMinutes()),
                wish.ca(),
                place);
    }

    private static Sso.OidcProviderShown shown(OidcTable.Kept kept) {
        return new Sso.OidcProviderShown(
                kept.issuer(),
                kept.clientId(),
                kept.secret().isPresent(),
                kept.usernameClaim(),
                kept.groupsClaim(),
                kept.scopes(),
                kept.groups(),
                kept.admitAll(),
                kept.sessionMinutes(),
                kept.ca());
    }

    /** The issuer's address. Throws {@link BadValue} for what cannot be. */
    private URI checked(Sso.OidcProvider wish) {
        URI issuer = issuer(wish.issuer());
        printable("clientId", wish.clientId()); // RFC 6749, appendix A: both may hold spaces
        wish.clientSecret().filter(text -> !text.isEmpty()).ifPresent(text -> printable("clientSecret", text));
        wish.usernameClaim().ifPresent(text -> printable("usernameClaim", text));
        wish.groupsClaim().ifPresent(text -> printable("groupsClaim", text));
        List<String> scopes = wish.scopes().orElse(List.of());
        if (scopes.size() > SCOPE_LIMIT) {
            throw new BadValue("scopes", "are more than " + SCOPE_LIMIT);
        }
        for (String scope : scopes) {
            if (!scope.matches("[!#-\\[\\]-~]{1,100}")) { // RFC 6749, 3.3
                throw new BadValue("scopes", "hold what is no scope: a word without spaces, quotes and backslashes");
            }
        }
        int session = wish.sessionMinutes().orElse(SESSION_LEAST);
        if (session < SESSION_LEAST || session > SESSION_MOST) {
            throw new BadValue("sessionMinutes", session + " is not between " + SESSION_LEAST + " and " + SESSION_MOST);
        }
        if (wish.ca()
                .filter(pem -> pem.length() > CA_LIMIT || !ProviderLine.trustable(pem))
                .isPresent()) {
            throw new BadValue("ca", "is not a certificate (PEM)");
        }
        groups(wish.groups().orElse(List.of()));
        return issuer;
    }

    /** Projects must be there now: a misspelt one would give nobody anything, and nobody would be told. */
    private void groups(List<Sso.GroupRole> groups) {
        if (groups.size() > LIST_LIMIT) {
            throw new BadValue("groups", "are more than " + LIST_LIMIT);
        }
        if (new LinkedHashSet<>(groups).size() < groups.size()) {
            throw new BadValue("groups", "hold the same twice");
        }
        for (Sso.GroupRole group : groups) {
            if (group.project()
                    .filter(name -> store.find(ProjectTable.KIND, Optional.empty(), name)
                            .isEmpty())
                    .isPresent()) {
                throw Refused.unfit(
                        "unknown-project",
                        "groups",
                        "there is no project '" + group.project().get() + "'",
                        "'yunqi project list' shows all");
            }
        }
    }

    private static URI issuer(String text) {
        try {
            URI uri = URI.create(text);
            if (text.length() <= TEXT_LIMIT
                    && text.matches("https?://[!-~]+")
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new BadValue("issuer", "is not an address: " + e.getMessage());
        }
        throw new BadValue("issuer", "is not the address of a provider: write it as https://id.example.org/realm");
    }

    private static void printable(String field, String text) {
        if (!text.matches("[ -~]{1," + TEXT_LIMIT + "}")) {
            throw new BadValue(
                    field, "is empty, longer than " + TEXT_LIMIT + " or has other than printable ASCII characters");
        }
    }
}

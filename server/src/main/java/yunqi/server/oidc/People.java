package yunqi.server.oidc;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.project.GrantSpec;
import yunqi.core.project.Role;
import yunqi.core.project.UserSpec;
import yunqi.core.wire.Wire;
import yunqi.server.http.Refused;
import yunqi.server.project.GrantRoutes;
import yunqi.server.project.ProjectTable;
import yunqi.server.project.UserTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/**
 * Whom an account at the provider is here. Found by issuer and subject alone: a name can be given to somebody else there, and must not bring anybody into an account that
 * is not his. All that signing in changes is one transaction.
 */
final class People {
    private static final int TRIES = 10; // each time somebody else changed the same rows in between

    private final Store store;
    private final Clock clock;

    /** What the provider says of somebody. */
    record Person(String issuer, String subject, Optional<String> username, Set<String> groups) {}

    People(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** The user's row, with the roles of now. Throws {@link Refused} if this person may not come in. */
    Row enter(Person person, OidcTable.Kept provider) {
        GroupRoles.Worth worth = GroupRoles.worth(person.groups(), provider.groups());
        for (int i = 0; i < TRIES; i++) {
            Optional<Row> account = OidcTable.account(store, person.issuer(), person.subject());
            List<Write> writes = new ArrayList<>();
            UUID user =
                    account.isPresent() ? again(account.get(), worth, writes) : first(person, provider, worth, writes);
            if (writes.isEmpty() || store.write(writes) instanceof Written.Done) {
                Optional<Row> row = store.get(user).filter(found -> found.meta().wanted());
                if (row.isPresent()) {
                    return row.get();
                }
            }
        }
        throw Refused.later("busy", "what this user may do is being changed at the same time", 2);
    }

    /** Writes what has changed since the last time. */
    private UUID again(Row account, GroupRoles.Worth worth, List<Write> writes) {
        OidcTable.Identity identity = OidcTable.identity(account);
        Optional<Row> found =
                store.get(identity.user()).filter(row -> row.meta().wanted());
        if (found.isEmpty()) {
            return identity.user(); // being deleted this very moment
        }
        Row user = found.get();
        UserSpec spec = UserTable.spec(user);
        if (!spec.enabled()) {
            throw new Refused(403, "user-disabled", "user '" + user.meta().name() + "' is disabled", "ask an operator");
        }
        boolean byHand = spec.operator() && !identity.operator();
        boolean operator = byHand || worth.operator();
        if (operator != spec.operator()) {
            writes.add(new Write.Declare(
                    user.id(),
                    user.meta().generation(),
                    user.meta().labels(),
                    Wire.write(new UserSpec(operator, true, spec.description()))));
        }
        List<OidcTable.Given> given = roles(user, worth, identity.given(), writes);
        OidcTable.Identity now = new OidcTable.Identity(
                identity.issuer(), identity.subject(), user.id(), given, worth.operator() && !byHand);
        if (!now.equals(identity)) {
            writes.add(new Write.Declare(
                    account.id(), account.meta().generation(), account.meta().labels(), Wire.write(now)));
        }
        return user.id();
    }

    private UUID first(Person person, OidcTable.Kept provider, GroupRoles.Worth worth, List<Write> writes) {
        if (worth.nothing() && !provider.admitAll()) {
            throw new Refused(
                    403,
                    "not-admitted",
                    "none of your groups at the provider has a role in this cloud",
                    "an operator maps groups to roles: yunqi oidc set --map GROUP=ROLE@PROJECT");
        }
        Name name = name(person, provider);
        if (store.find(UserTable.KIND, Optional.empty(), name).isPresent()) {
            throw Refused.conflict(
                    "name-taken",
                    "the provider calls you '" + name + "', and that is another user here",
                    "an operator can have names taken from another claim, or delete that user");
        }
        Row user = new Row(
                UserTable.KIND,
                meta(Optional.empty(), name),
                Wire.write(new UserSpec(worth.operator(), true, "signs in through " + person.issuer())),
                Wire.write(new UserTable.Secrets(Optional.empty(), Optional.of(person.issuer()))),
                Row.EMPTY,
                Optional.empty());
        writes.add(new Write.Create(user));
        writes.add(UserTable.pooled(user.id()));
        List<OidcTable.Given> given = roles(user, worth, List.of(), writes);
        Row account = row(
                UserTable.IDENTITY,
                meta(Optional.empty(), OidcTable.account(person.issuer(), person.subject())),
                new OidcTable.Identity(person.issuer(), person.subject(), user.id(), given, worth.operator()));
        writes.add(new Write.Create(account));
        writes.addAll(UserTable.belongs(
                user.id(), UserTable.IDENTITY, account.meta().name().value(), account.id()));
        return user.id();
    }

    /** Writes what the roles in projects need to become; what is to be remembered of them. */
    private List<OidcTable.Given> roles(
            Row user, GroupRoles.Worth worth, List<OidcTable.Given> given, List<Write> writes) {
        SortedMap<Name, GroupRoles.Held> held = new TreeMap<>();
        SortedMap<Name, Row> grants = new TreeMap<>();
        for (Row grant : UserTable.held(store, user, UserTable.GRANT)) {
            Name project = grant.meta().project().orElseThrow();
            grants.put(project, grant);
            held.put(project, new GroupRoles.Held(grant.id(), grant.meta().generation(), UserTable.role(grant)));
        }
        GroupRoles.Plan plan = GroupRoles.plan(worth.roles(), held, given);
        List<OidcTable.Given> kept = new ArrayList<>(plan.given());
        for (GroupRoles.Step step : plan.steps()) {
            switch (step) {
                case GroupRoles.Step.Make(Name project, Role role) ->
                    make(user, project, role, writes).ifPresent(kept::add);
                case GroupRoles.Step.Change(Name project, GroupRoles.Held now, Role role) ->
                    writes.add(new Write.Declare(
                            now.grant(),
                            now.generation(),
                            row(grants, project).meta().labels(),
                            Wire.write(new GrantSpec(role))));
                case GroupRoles.Step.Remove(Name project, GroupRoles.Held _) ->
                    writes.addAll(UserTable.removal(row(grants, project), clock));
            }
        }
        return kept;
    }

    private static Row row(Map<Name, Row> grants, Name project) {
        return Optional.ofNullable(grants.get(project)).orElseThrow();
    }

    /** Nothing where there is no such project any more: the operator's map speaks of what may come and go. */
    private Optional<OidcTable.Given> make(Row user, Name project, Role role, List<Write> writes) {
        Optional<Row> found = store.find(ProjectTable.KIND, Optional.empty(), project)
                .filter(row -> row.meta().wanted());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Row grant = row(UserTable.GRANT, meta(Optional.of(project), user.meta().name()), new GrantSpec(role));
        writes.add(new Write.Create(grant));
        writes.addAll(GrantRoutes.beside(found.get(), user, grant.id()));
        return Optional.of(new OidcTable.Given(grant.id(), grant.meta().generation(), Optional.empty()));
    }

    /** The provider's name for somebody, as far as it can be one here: without what follows an at sign, with dashes for what else divides names. */
    private static Name name(Person person, OidcTable.Kept provider) {
        String said = person.username()
                .orElseThrow(() -> unfit(
                        "the provider does not say what you are called (claim " + provider.usernameClaim() + ")"));
        String form = said.replaceFirst("@.*$", "").toLowerCase(Locale.ROOT).replaceAll("[._ ]+", "-");
        try {
            Name name = new Name(form);
            if (!name.equals(UserSpec.FIRST)) {
                return name;
            }
        } catch (BadValue e) {
            throw unfit("what the provider calls you (claim " + provider.usernameClaim() + ") cannot be a name here");
        }
        throw unfit("the provider calls you '" + form + "', which is nobody's name here");
    }

    private static Refused unfit(String detail) {
        return new Refused(
                403, "name-unfit", detail, "an operator can have names taken from another claim: --username-claim");
    }

    private Meta meta(Optional<Name> project, Name name) {
        return new Meta(UUID.randomUUID(), project, name, Labels.NONE, 1, 0, 0, 0, clock.now(), Optional.empty());
    }

    private static Row row(String kind, Meta meta, Object desired) {
        return new Row(kind, meta, Wire.write(desired), Row.EMPTY, Row.EMPTY, Optional.empty());
    }
}

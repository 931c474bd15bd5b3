package yunqi.server.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Name;
import yunqi.core.project.Role;
import yunqi.core.wire.Sso;

/** What groups give goes with them, what people give stays, whatever happens in which order. */
class GroupRolesLaws {
    private static final List<Name> PROJECTS = List.of(new Name("red"), new Name("blue"), new Name("green"));
    private static final List<Role> ROLES = List.of(Role.VIEWER, Role.MEMBER, Role.ADMIN);
    private static final long SEED = 20260301;

    private final Random random = new Random(SEED);

    /** Grants as the store has them, beside what a person gave and the groups are worth, as one would say it. */
    private final SortedMap<Name, GroupRoles.Held> grants = new TreeMap<>();

    private final SortedMap<Name, Role> byHand = new TreeMap<>();
    private SortedMap<Name, Role> worth = new TreeMap<>();
    private List<OidcTable.Given> given = List.of();

    private void signIn() {
        GroupRoles.Plan plan = GroupRoles.plan(worth, grants, given);
        List<OidcTable.Given> kept = new ArrayList<>(plan.given());
        for (GroupRoles.Step step : plan.steps()) {
            switch (step) {
                case GroupRoles.Step.Make(Name project, Role role) -> {
                    GroupRoles.Held made = new GroupRoles.Held(UUID.randomUUID(), 1, role);
                    assertThat(grants.put(project, made)).isNull();
                    kept.add(new OidcTable.Given(made.grant(), 1, Optional.empty()));
                }
                case GroupRoles.Step.Change(Name project, GroupRoles.Held now, Role role) -> {
                    assertThat(grants.get(project)).isEqualTo(now);
                    assertThat(role).isNotEqualTo(now.role());
                    grants.put(project, new GroupRoles.Held(now.grant(), now.generation() + 1, role));
                }
                case GroupRoles.Step.Remove(Name project, GroupRoles.Held now) ->
                    assertThat(grants.remove(project)).isEqualTo(now);
            }
        }
        given = kept;
    }

    /** A person gives this role, as the API does: what is so already is not changed. */
    private void give(Name project, Role role) {
        GroupRoles.Held now = grants.get(project);
        if (now == null) {
            grants.put(project, new GroupRoles.Held(UUID.randomUUID(), 1, role));
            byHand.put(project, role);
        } else if (now.role() != role) {
            grants.put(project, new GroupRoles.Held(now.grant(), now.generation() + 1, role));
            byHand.put(project, role);
        }
    }

    private void take(Name project) {
        grants.remove(project);
        byHand.remove(project);
    }

    private Optional<Role> one() {
        int which = random.nextInt(4);
        return which == 3 ? Optional.empty() : Optional.of(ROLES.get(which));
    }

    @Test
    void rolesAreTheGreaterOfBoth() {
        for (int i = 0; i < 20_000; i++) {
            Name project = PROJECTS.get(random.nextInt(PROJECTS.size()));
            switch (random.nextInt(3)) {
                case 0 -> give(project, ROLES.get(random.nextInt(3)));
                case 1 -> take(project);
                default -> {
                    worth = new TreeMap<>();
                    PROJECTS.forEach(each -> one().ifPresent(role -> worth.put(each, role)));
                }
            }
            signIn();
            SortedMap<Name, Role> now = new TreeMap<>();
            grants.forEach((each, grant) -> now.put(each, grant.role()));
            SortedMap<Name, Role> meant = new TreeMap<>(byHand);
            worth.forEach((each, role) -> meant.merge(each, role, (a, b) -> a.covers(b) ? a : b));
            assertThat(now).as("seed %s, step %s", SEED, i).isEqualTo(meant);
            assertThat(GroupRoles.plan(worth, grants, given).steps())
                    .as("again")
                    .isEmpty();
        }
    }

    @Test
    void theGreaterOfTwoGroupsCounts() {
        Name red = PROJECTS.getFirst();
        List<Sso.GroupRole> map = List.of(
                new Sso.GroupRole("admins", Sso.Grade.ADMIN, Optional.of(red)),
                new Sso.GroupRole("all", Sso.Grade.VIEWER, Optional.of(red)),
                new Sso.GroupRole("root", Sso.Grade.OPERATOR, Optional.empty()));
        assertThat(GroupRoles.worth(Set.of("all", "admins", "else"), map))
                .isEqualTo(new GroupRoles.Worth(false, new TreeMap<>(Map.of(red, Role.ADMIN))));
        assertThat(GroupRoles.worth(Set.of("root"), map)).isEqualTo(new GroupRoles.Worth(true, new TreeMap<>()));
        assertThat(GroupRoles.worth(Set.of("Admins"), map).nothing()).isTrue();
    }
}

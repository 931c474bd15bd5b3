package yunqi.server.oidc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.project.Role;
import yunqi.core.wire.Sso;

/**
 * What somebody's groups at the provider are worth here, and what has to change for it. Pure. A role that groups gave goes with the groups; one that a person gave stays, and
 * is what remains when a greater one of the groups goes.
 */
final class GroupRoles {
    private GroupRoles() {}

    /** What groups are worth: a role in projects, and the whole site if {@code operator}. */
    record Worth(boolean operator, SortedMap<Name, Role> roles) {
        boolean nothing() {
            return !operator && roles.isEmpty();
        }
    }

    /** A grant as it is. */
    record Held(UUID grant, long generation, Role role) {}

    /** What to do with the grant in one project, and what to remember of it: empty if it is a person's business. */
    sealed interface Step {
        record Make(Name project, Role role) implements Step {}

        record Change(Name project, Held held, Role role) implements Step {}

        record Remove(Name project, Held held) implements Step {}
    }

    /** All steps, and what is remembered of the grants that are neither made nor removed. Those changed have the generation that follows. */
    record Plan(List<Step> steps, List<OidcTable.Given> given) {}

    /** Of two roles in one project the greater counts. */
    static Worth worth(Set<String> groups, List<Sso.GroupRole> map) {
        SortedMap<Name, Role> roles = new TreeMap<>();
        boolean operator = false;
        for (Sso.GroupRole entry : map) {
            if (!groups.contains(entry.group())) {
                continue;
            }
            switch (entry.role()) {
                case OPERATOR -> operator = true;
                case VIEWER -> raise(roles, entry, Role.VIEWER);
                case MEMBER -> raise(roles, entry, Role.MEMBER);
                case ADMIN -> raise(roles, entry, Role.ADMIN);
            }
        }
        return new Worth(operator, roles);
    }

    private static void raise(SortedMap<Name, Role> roles, Sso.GroupRole entry, Role role) {
        roles.merge(entry.project().orElseThrow(), role, GroupRoles::greater);
    }

    private static Role greater(Role one, Role other) {
        return one.covers(other) ? one : other;
    }

    static Plan plan(Map<Name, Role> worth, Map<Name, Held> held, List<OidcTable.Given> given) {
        List<Step> steps = new ArrayList<>();
        List<OidcTable.Given> kept = new ArrayList<>();
        Set<Name> projects = new TreeSet<>(worth.keySet());
        projects.addAll(held.keySet());
        for (Name project : projects) {
            Optional<Role> wanted = Optional.ofNullable(worth.get(project));
            Held now = held.get(project);
            if (now == null) {
                wanted.ifPresent(role -> steps.add(new Step.Make(project, role)));
                continue;
            }
            Optional<Role> by = byHand(now, given);
            Optional<Role> target = by.isPresent() && wanted.isPresent()
                    ? Optional.of(greater(by.get(), wanted.get()))
                    : by.or(() -> wanted);
            if (target.isEmpty()) {
                steps.add(new Step.Remove(project, now));
                continue;
            }
            boolean changes = now.role() != target.get();
            if (changes) {
                steps.add(new Step.Change(project, now, target.get()));
            }
            if (!by.equals(target)) {
                kept.add(new OidcTable.Given(now.grant(), now.generation() + (changes ? 1 : 0), by));
            }
        }
        return new Plan(List.copyOf(steps), List.copyOf(kept));
    }

    /** The role that a person gave: all of the grant, unless it is as the groups left it. */
    private static Optional<Role> byHand(Held now, List<OidcTable.Given> given) {
        for (OidcTable.Given one : given) {
            if (one.grant().equals(now.grant()) && one.generation() == now.generation()) {
                return one.before();
            }
        }
        return Optional.of(now.role());
    }
}

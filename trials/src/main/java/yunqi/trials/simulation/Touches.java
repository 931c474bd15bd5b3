package yunqi.trials.simulation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.Meta;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** Which rows a write is about. */
final class Touches {
    private Touches() {}

    static Set<UUID> of(List<Write> writes) {
        Set<UUID> touched = new TreeSet<>();
        writes.forEach(write -> of(write).ifPresent(touched::add));
        return touched;
    }

    static Optional<UUID> of(Write write) {
        return switch (write) {
            case Write.Create create -> Optional.of(create.row().id());
            case Write.Declare declare -> Optional.of(declare.id());
            case Write.MarkDeleted mark -> Optional.of(mark.id());
            case Write.Decide decide -> Optional.of(decide.id());
            case Write.Observe observe -> Optional.of(observe.id());
            case Write.Remove remove -> Optional.of(remove.id());
            case Write.Tell tell -> Optional.of(tell.id());
            case Write.Claim claim -> Optional.of(claim.owner());
            case Write.Unclaim unclaim -> Optional.of(unclaim.owner());
            case Write.Charge charge -> Optional.of(charge.owner());
            case Write.Recharge recharge -> Optional.of(recharge.owner());
            case Write.Discharge discharge -> Optional.of(discharge.owner());
            case Write.Limit _, Write.Unlimit _, Write.Guard _ -> Optional.empty();
        };
    }

    /** The same write, with other ids for some rows. */
    static Write renamed(Write write, Map<UUID, UUID> ids) {
        return switch (write) {
            case Write.Create(Row row) -> new Write.Create(renamed(row, ids));
            case Write.Declare(var thing, var generation, var labels, var desired) ->
                new Write.Declare(id(thing, ids), generation, labels, desired);
            case Write.MarkDeleted(var thing, var generation, var at) ->
                new Write.MarkDeleted(id(thing, ids), generation, at);
            case Write.Decide(var thing, var generation, var decision, var decided, var host) ->
                new Write.Decide(id(thing, ids), generation, decision, decided, host);
            case Write.Observe(var thing, var observation, var seen) ->
                new Write.Observe(id(thing, ids), observation, seen);
            case Write.Remove(var thing, var decision) -> new Write.Remove(id(thing, ids), decision);
            case Write.Tell(var thing, var event) -> new Write.Tell(id(thing, ids), event);
            case Write.Claim(var scope, var key, var owner) ->
                new Write.Claim(text(scope, ids), text(key, ids), id(owner, ids));
            case Write.Unclaim(var scope, var key, var owner) ->
                new Write.Unclaim(text(scope, ids), text(key, ids), id(owner, ids));
            case Write.Charge(var pool, var owner, var amounts) ->
                new Write.Charge(text(pool, ids), id(owner, ids), amounts);
            case Write.Recharge(var pool, var owner, var amounts) ->
                new Write.Recharge(text(pool, ids), id(owner, ids), amounts);
            case Write.Discharge(var pool, var owner) -> new Write.Discharge(text(pool, ids), id(owner, ids));
            case Write.Limit(var pool, var limit) -> new Write.Limit(text(pool, ids), limit);
            case Write.Unlimit(var pool) -> new Write.Unlimit(text(pool, ids));
            case Write.Guard guard -> guard;
        };
    }

    private static UUID id(UUID id, Map<UUID, UUID> ids) {
        return ids.getOrDefault(id, id);
    }

    /** Pools and scopes are named after rows. */
    private static String text(String text, Map<UUID, UUID> ids) {
        String renamed = text;
        for (Map.Entry<UUID, UUID> entry : ids.entrySet()) {
            renamed =
                    renamed.replace(entry.getKey().toString(), entry.getValue().toString());
        }
        return renamed;
    }

    private static Row renamed(Row row, Map<UUID, UUID> ids) {
        Meta meta = row.meta();
        Meta other = new Meta(
                id(meta.id(), ids),
                meta.project(),
                meta.name(),
                meta.labels(),
                meta.generation(),
                meta.decision(),
                meta.observation(),
                meta.version(),
                meta.created(),
                meta.deleted());
        return new Row(row.kind(), other, row.desired(), row.decided(), row.seen(), row.host());
    }
}

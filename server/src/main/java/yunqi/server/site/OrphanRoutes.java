package yunqi.server.site;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.base.Name;
import yunqi.core.host.Host;
import yunqi.core.instance.InstancePlan;
import yunqi.core.network.NicPlan;
import yunqi.core.wire.Api;
import yunqi.server.host.HostTable;
import yunqi.server.http.Call;
import yunqi.server.http.Refused;
import yunqi.server.http.Reply;
import yunqi.server.http.Right;
import yunqi.server.http.Route;
import yunqi.server.instance.Adoption;
import yunqi.server.instance.OrphanTable;
import yunqi.server.network.NetworkRemains;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** What engines have and nobody knows of. It is left as it is until a person says that it may go. */
public final class OrphanRoutes {
    private final Store store;
    private final Clock clock;

    public OrphanRoutes(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    public List<Route> routes() {
        return List.of(
                Route.get(
                                Right.OPERATOR,
                                "/v1/orphans",
                                "What engines have and the site doesn't know",
                                _ -> Reply.ok(all()))
                        .gives(200, Api.Orphans.class),
                Route.post(
                                Right.OPERATOR,
                                "/v1/orphans/instances/{id}/adopt",
                                "Makes an instance known again that the site doesn't know, as it runs",
                                this::adopt)
                        .gives(200, Api.Orphans.class),
                Route.delete(
                                Right.OPERATOR,
                                "/v1/orphans/instances/{id}",
                                "Has an instance removed that the site doesn't know",
                                this::removeInstance)
                        .gives(202, Api.Orphans.class),
                Route.delete(
                                Right.OPERATOR,
                                "/v1/orphans/networks/{id}",
                                "Has a network removed that the site doesn't know",
                                this::remove)
                        .gives(202, Api.Orphans.class));
    }

    private Api.Orphans all() {
        List<Api.OrphanInstance> instances = new ArrayList<>();
        List<Name> waiting = new ArrayList<>();
        long era = store.era().start();
        Query query = Query.all(HostTable.KIND);
        while (true) {
            Page page = store.list(query);
            for (Row row : page.rows()) {
                Host host = HostTable.read(row);
                if (host.seen().era() < era && host.meta().wanted()) {
                    waiting.add(host.meta().name());
                }
                Map<UUID, Row> held = OrphanTable.on(store, host.id());
                host.seen()
                        .orphans()
                        .forEach(id -> instances.add(shown(id, host.meta().name(), Optional.ofNullable(held.get(id)))));
            }
            if (page.next().isEmpty()) {
                break;
            }
            query = query.after(page.next().get());
        }
        List<Api.OrphanNetwork> networks = NetworkRemains.orphans(store).stream()
                .map(orphan -> new Api.OrphanNetwork(orphan.id(), orphan.since()))
                .toList();
        return new Api.Orphans(instances, networks, waiting);
    }

    private static Api.OrphanInstance shown(UUID id, Name host, Optional<Row> row) {
        Optional<OrphanTable.Orphan> held = row.map(OrphanTable::read);
        Optional<InstancePlan> plan = held.map(orphan -> orphan.held().plan());
        return new Api.OrphanInstance(
                id,
                host,
                plan.map(InstancePlan::project),
                plan.map(InstancePlan::name),
                plan.map(known -> known.nics().stream().map(NicPlan::ip).toList())
                        .orElse(List.of()),
                held.filter(OrphanTable.Orphan::removed).isPresent());
    }

    private Row orphan(Call call) {
        UUID id = id(call.parameter("id"));
        Row row = OrphanTable.all(store).get(id);
        if (row == null) {
            throw Refused.notFound(
                    "there is no orphan " + id + " of which is known what it was", "'yunqi orphan list' shows all");
        }
        if (store.get(id).isPresent()) {
            throw Refused.conflict(
                    "known",
                    "instance " + id + " is known",
                    "look at it by 'yunqi instance show', and delete it there");
        }
        return row;
    }

    private Reply adopt(Call call) {
        Row row = orphan(call);
        if (!row.meta().wanted()) {
            throw Refused.conflict("being-removed", "it is being removed", "wait until it is gone");
        }
        new Adoption(store, clock).adopt(OrphanTable.read(row));
        return Reply.ok(all());
    }

    private Reply removeInstance(Call call) {
        Row row = orphan(call);
        boolean refused = row.meta().wanted()
                && store.write(List.of(
                                new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now())))
                        instanceof Written.Refused;
        if (refused) {
            throw Refused.conflict("contended", "its host has just told something new of it", "try again in a moment");
        }
        return Reply.json(202, all());
    }

    private Reply remove(Call call) {
        UUID id = id(call.parameter("id"));
        if (NetworkRemains.orphans(store).stream()
                .noneMatch(orphan -> orphan.id().equals(id))) {
            throw Refused.notFound("there is no orphan network " + id, "'yunqi status' shows all");
        }
        List<Write> writes = NetworkRemains.bury(store, id, clock.now());
        if (!writes.isEmpty()
                && store.write(writes) instanceof Written.Refused(int _, Written.Reason reason, String detail)
                && reason != Written.Reason.NAME_TAKEN) {
            throw Refused.conflict("contended", detail, "try again in a moment");
        }
        return Reply.json(202, all());
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new BadValue("id", "'" + text + "' is not an id such as " + new UUID(0, 1));
        }
    }
}

package yunqi.server.instance;

import java.util.List;
import java.util.Optional;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.project.Project;
import yunqi.core.wire.Wire;
import yunqi.server.http.Refused;
import yunqi.server.image.FlavorTable;
import yunqi.server.image.ImageTable;
import yunqi.server.project.ProjectTable;
import yunqi.server.project.Quotas;
import yunqi.server.project.Things;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** Makes an orphan somebody's again: its row is made anew of what its host was told, with the same identity, and control takes it up where it runs. */
public final class Adoption {
    private final Store store;
    private final Clock clock;

    public Adoption(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Throws {@link Refused} if something that it is made of is not known any more, in words that say what to make first. */
    public void adopt(OrphanTable.Orphan orphan) {
        Assignment held = orphan.held();
        InstancePlan plan = held.plan();
        Row project = store.find(ProjectTable.KIND, Optional.empty(), plan.project())
                .filter(row -> row.meta().wanted())
                .orElseThrow(() -> missing("project '" + plan.project() + "'"));
        Name flavor = flavor(plan.shape());
        InstanceSpec spec = new InstanceSpec(
                plan.type(),
                image(plan),
                flavor,
                plan.nics().stream()
                        .map(nic -> new InstanceSpec.Nic(nic.networkName(), Optional.of(nic.ip())))
                        .toList(),
                held.wanted() == Assignment.Wanted.RUNNING,
                held.restart(),
                plan.command(),
                plan.env(),
                plan.userData(),
                plan.keys(),
                Labels.NONE,
                Optional.empty(),
                held.restarts());
        Meta meta = new Meta(
                plan.id().value(),
                Optional.of(plan.project()),
                plan.name(),
                Labels.NONE,
                1,
                0,
                0,
                0,
                clock.now(),
                Optional.empty());
        String undecided =
                Wire.write(InstanceDecided.NOTHING.confirmed(store.era().start(), Optional.empty()));
        Written written = store.write(List.of(
                new Write.Create(
                        new Row(InstanceTable.KIND, meta, Wire.write(spec), undecided, Row.EMPTY, Optional.empty())),
                Things.charge(project, meta.id()),
                Quotas.charge(
                        project,
                        meta.id(),
                        Charges.amounts(plan.shape(), plan.nics().size()))));
        if (written instanceof Written.Refused refused) {
            throw Quotas.refusal(project, refused)
                    .orElse(Refused.conflict(
                            "not-adopted",
                            "instance '" + plan.name() + "' cannot be made again: " + refused.detail(),
                            "rename or delete what is in the way, then adopt it again"));
        }
    }

    private Name flavor(FlavorSpec shape) {
        Query query = Query.all(FlavorTable.KIND);
        while (true) {
            Page page = store.list(query);
            for (Row row : page.rows()) {
                if (FlavorTable.read(row).spec().equals(shape)) {
                    return row.meta().name();
                }
            }
            if (page.next().isEmpty()) {
                throw missing("flavor with " + shape.vcpus() + " vCPU, " + shape.memory() + " memory and "
                        + shape.disk() + " disk");
            }
            query = query.after(page.next().get());
        }
    }

    private Name image(InstancePlan plan) {
        for (Name place : List.of(plan.project(), Project.LIBRARY)) {
            Query query = new Query(
                    ImageTable.KIND, List.of(place), Labels.NONE, Optional.empty(), Optional.empty(), Query.LIMIT);
            for (Row row : store.list(query).rows()) {
                if (ImageTable.read(row).plan().equals(plan.image())) {
                    return row.meta().name();
                }
            }
        }
        throw missing("image " + plan.image().repository() + "@" + plan.image().digest());
    }

    private static Refused missing(String what) {
        return Refused.conflict(
                "not-adopted", "it needs " + what + ", which is not known", "make that first, then adopt it again");
    }
}

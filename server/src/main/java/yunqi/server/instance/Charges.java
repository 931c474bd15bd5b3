package yunqi.server.instance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.instance.Instance;
import yunqi.core.project.Quota;
import yunqi.core.wire.Wire;
import yunqi.server.image.FlavorTable;
import yunqi.server.project.ProjectTable;
import yunqi.server.project.Quotas;
import yunqi.server.store.Amounts;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/**
 * What is charged to quotas, counted anew from the instances that there are: at the start of a server, so that rows of an older version, which charged nothing, are
 * charged, and so that whatever may ever go wrong with a charge is put right by the rows, which are the truth.
 */
public final class Charges {
    private static final Logger LOG = LoggerFactory.getLogger(Charges.class);

    private record Charge(UUID instance, Amounts amounts) {}

    private Charges() {}

    /** Puts right what is charged to every project. May be repeated, and done by several servers at once. */
    public static void settle(Store store) {
        Query query = Query.all(ProjectTable.KIND);
        while (true) {
            Page page = store.list(query);
            page.rows().forEach(project -> settle(store, project));
            if (page.next().isEmpty()) {
                return;
            }
            query = query.after(page.next().get());
        }
    }

    private static void settle(Store store, Row project) {
        Name name = project.meta().name();
        String pool = Quotas.pool(name);
        Optional<Quota> quota = ProjectTable.read(project).spec().quota();
        List<Charge> charges = charges(store, name);
        Amounts sum = charges.stream().map(Charge::amounts).reduce(Amounts.NONE, Amounts::plus);
        boolean known = store.limit(pool).isPresent();
        if (known && store.charged(pool).equals(sum)) {
            return;
        }
        LOG.info("project {}: its quota is counted anew: {} instances", name, charges.size());
        if (!known) {
            store.write(List.of(Quotas.limit(name, quota)));
        }
        // What is there is charged whatever the limit, which is away for the length of one transaction. One that is
        // refused is of an instance that has gone meanwhile.
        store.writeAll(charges.stream()
                .map(charge -> List.of(
                        Quotas.limit(name, Optional.empty()),
                        new Write.Charge(pool, charge.instance, charge.amounts),
                        Quotas.limit(name, quota)))
                .toList());
    }

    private static List<Charge> charges(Store store, Name project) {
        List<Charge> charges = new ArrayList<>();
        Query query = new Query(
                InstanceTable.KIND, List.of(project), Labels.NONE, Optional.empty(), Optional.empty(), Query.LIMIT);
        while (true) {
            Page page = store.list(query);
            for (Row row : page.rows()) {
                Instance instance = InstanceTable.read(row);
                shape(store, instance)
                        .ifPresent(shape -> charges.add(new Charge(
                                row.id(),
                                amounts(shape, instance.spec().networks().size()))));
            }
            if (page.next().isEmpty()) {
                return charges;
            }
            query = query.after(page.next().get());
        }
    }

    private static Optional<FlavorSpec> shape(Store store, Instance instance) {
        return instance.decided()
                .shape()
                .or(() -> store.find(
                                FlavorTable.KIND,
                                Optional.empty(),
                                instance.spec().flavor())
                        .map(row -> Wire.stored(row.desired(), FlavorSpec.class)));
    }

    /** What an instance of this size in so many networks takes. */
    static Amounts amounts(FlavorSpec shape, int networks) {
        return Amounts.of(shape.needs(), 1, networks);
    }
}

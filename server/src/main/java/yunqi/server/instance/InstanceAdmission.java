package yunqi.server.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import yunqi.core.base.Clock;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.Host;
import yunqi.core.host.Hosts;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.Instances;
import yunqi.core.network.Network;
import yunqi.core.project.Project;
import yunqi.core.schedule.Demand;
import yunqi.core.schedule.HostView;
import yunqi.core.schedule.Placement;
import yunqi.core.schedule.Scheduler;
import yunqi.core.wire.Kind;
import yunqi.server.host.HostTable;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Rules;
import yunqi.server.image.FlavorTable;
import yunqi.server.image.ImageTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Closest;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/**
 * Refuses at the door what could never come to be, while the user is there to read why. What could be, but not now, is accepted: control places
 * it when there is room. Everything here is looked at again when the instance is placed, so it needs no locks.
 */
final class InstanceAdmission {
    /** Hosts come and go slowly beside this, and a site has thousands: they are not read anew for every instance. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    /** As if all were well: whether an engine runs just now decides nothing for ever. */
    private static final Set<String> ENGINES = Set.of(
            Arrays.stream(ImageType.values()).map(Instances::engine).distinct().toArray(String[]::new));

    private record Hall(Instant read, List<HostView> hosts, boolean newcomers) {}

    private final Store store;
    private final Clock clock;
    private volatile Hall hall = new Hall(Instant.EPOCH, List.of(), false);

    InstanceAdmission(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What is wanted, on the host that an operator chose, which those who may not know of hosts keep by not naming it. Throws {@link Refused} if they name
     * one, in the same words whether there is such a host.
     */
    InstanceSpec placed(Rules.Wish<InstanceSpec> wish) {
        if (wish.caller().hosts()) {
            return wish.spec();
        }
        if (wish.spec().host().isPresent()) {
            throw Refused.unfit(
                    "host-not-yours",
                    "spec.host",
                    "only operators choose hosts here",
                    "leave it out; spec.hostLabels says what kind of host is needed");
        }
        return wish.spec()
                .withHost(wish.before()
                        .flatMap(row -> InstanceTable.read(row).spec().host()));
    }

    /** Its flavor. Throws {@link Refused} if an instance of this project cannot be so. {@code before} is what it was. */
    FlavorSpec check(Name project, InstanceSpec spec, Optional<Row> before, Caller caller) {
        if (before.isPresent() && InstanceTable.read(before.get()).spec().type() != spec.type()) {
            throw Refused.unfit(
                    "type-is-fixed",
                    "spec.type",
                    "an instance stays a VM or a container for its life",
                    "delete it, or choose another name");
        }
        ImageSpec image = image(project, spec);
        FlavorSpec flavor = flavor(spec);
        if (image.type() != spec.type()) {
            throw Refused.unfit(
                    "image-type",
                    "spec.image",
                    "image '" + spec.image() + "' is for a " + word(image) + ", not for a " + kind(spec),
                    "choose another image, or type " + word(image));
        }
        if (flavor.memory().compareTo(image.minMemory()) < 0) {
            throw Refused.unfit(
                    "too-little-memory",
                    "spec.flavor",
                    "flavor '" + spec.flavor() + "' has " + flavor.memory() + " of memory, image '" + spec.image()
                            + "' needs " + image.minMemory(),
                    "choose a larger flavor");
        }
        for (int i = 0; i < spec.networks().size(); i++) {
            network(project, spec.networks().get(i), "spec.networks[" + i + "]", before);
        }
        room(spec, flavor, caller);
        return flavor;
    }

    private ImageSpec image(Name project, InstanceSpec spec) {
        for (Name place : List.of(project, Project.LIBRARY)) {
            Optional<Row> row = store.find(ImageTable.KIND, Optional.of(place), spec.image());
            if (row.isPresent()) {
                return ImageTable.read(row.get()).spec();
            }
        }
        List<Name> known = Closest.names(store, Kind.IMAGE, List.of(project, Project.LIBRARY));
        throw unknown("image", "spec.image", spec.image(), known);
    }

    private FlavorSpec flavor(InstanceSpec spec) {
        return store.find(FlavorTable.KIND, Optional.empty(), spec.flavor())
                .map(row -> FlavorTable.read(row).spec())
                .orElseThrow(() ->
                        unknown("flavor", "spec.flavor", spec.flavor(), Closest.names(store, Kind.FLAVOR, List.of())));
    }

    private void network(Name project, InstanceSpec.Nic nic, String field, Optional<Row> before) {
        Network network = store.find(NetworkTable.KIND, Optional.of(project), nic.network())
                .filter(row -> row.meta().wanted())
                .map(NetworkTable::read)
                .orElseThrow(() -> unknown(
                        "network",
                        field + ".network",
                        nic.network(),
                        Closest.names(store, Kind.NETWORK, List.of(project))));
        nic.address().ifPresent(address -> address(network, address, field + ".address", before));
    }

    private void address(Network network, IpAddress address, String field, Optional<Row> before) {
        var cidr = network.spec().cidr();
        boolean reserved = address.equals(cidr.base())
                || address.equals(network.gateway())
                || address.equals(cidr.at(cidr.size() - 1));
        if (!cidr.contains(address) || reserved) {
            throw Refused.unfit(
                    "bad-address",
                    field,
                    address
                            + (reserved
                                    ? " is kept for the network itself"
                                    : " is not in network '" + network.meta().name() + "', which is " + cidr),
                    "choose one from " + cidr.at(2) + " to " + cidr.at(cidr.size() - 2)
                            + ", or leave it out and get one");
        }
        boolean own = before.isPresent()
                && InstanceTable.read(before.get()).decided().nics().stream()
                        .anyMatch(nic ->
                                nic.network().equals(network.id()) && nic.ip().equals(address));
        if (!own && store.claims(NetworkTable.addresses(network.meta().id())).contains(address.toString())) {
            throw Refused.unfit(
                    "address-taken",
                    field,
                    address + " belongs to another instance",
                    "leave it out and get a free one");
        }
    }

    private void room(InstanceSpec spec, FlavorSpec flavor, Caller caller) {
        Hall now = hall();
        if (spec.host().isPresent()
                && now.hosts.stream().noneMatch(host -> spec.host().get().equals(host.name()))) {
            List<Name> known = now.hosts.stream().map(HostView::name).toList();
            throw unknown("host", "spec.host", spec.host().get(), known);
        }
        if (now.hosts.isEmpty() || now.newcomers) {
            return; // who knows what the host can hold that is about to report for the first time
        }
        Demand demand = new Demand(flavor.needs(), Instances.engine(spec.type()), spec.hostLabels(), spec.host());
        // Nothing is promised there and all is well: what these hosts cannot hold, none could even if it were empty.
        if (!Scheduler.fits(demand, now.hosts)
                && Scheduler.place(demand, now.hosts) instanceof Placement.NoRoom room
                && room.forever()) {
            throw Refused.unfit(
                    "no-room",
                    "spec.flavor",
                    "no host could hold it, even if empty" + (caller.hosts() ? ": " + room.words() : ""),
                    "choose a smaller flavor or other labels, or let a larger host join");
        }
    }

    private Hall hall() {
        Hall known = hall;
        return known.read.plus(FRESH).isAfter(clock.now()) ? known : readHall();
    }

    private synchronized Hall readHall() {
        if (hall.read.plus(FRESH).isAfter(clock.now())) {
            return hall; // another caller has just read it
        }
        List<HostView> hosts = new ArrayList<>();
        boolean newcomers = false;
        Query query = Query.all(HostTable.KIND);
        while (true) {
            Page page = store.list(query);
            for (Row row : page.rows()) {
                Host host = HostTable.read(row);
                newcomers |= host.seen().facts().isEmpty();
                hosts.add(new HostView(
                        host.id(),
                        host.meta().name(),
                        host.meta().labels(),
                        Hosts.capacity(host),
                        Capacity.NONE,
                        ENGINES,
                        ""));
            }
            if (page.next().isEmpty()) {
                hall = new Hall(clock.now(), List.copyOf(hosts), newcomers);
                return hall;
            }
            query = query.after(page.next().get());
        }
    }

    private static String kind(InstanceSpec spec) {
        return yunqi.core.wire.Wire.tree(spec.type()).asText();
    }

    private static String word(ImageSpec image) {
        return yunqi.core.wire.Wire.tree(image.type()).asText();
    }

    private static Refused unknown(String what, String field, Name name, List<Name> known) {
        return Refused.unfit(
                "unknown-" + what,
                field,
                "there is no " + what + " '" + name + "'" + Closest.hint(name, known),
                "'yunqi " + what + " list' shows all");
    }
}

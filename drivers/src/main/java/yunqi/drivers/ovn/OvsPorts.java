package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import yunqi.core.base.EngineException;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;
import yunqi.core.network.PortSeen;

/**
 * The ports of instances on this host: interfaces, namespaces, and the rows by which Open vSwitch and OVN know them. Links carry our mark in
 * their alias, rows in their external ids, namespaces in their name; whatever was made when we were stopped half-way is found by one of the
 * three.
 */
public final class OvsPorts implements PortDriver {
    private static final int LOCKS = 64; // two instances rarely share one, and there is nothing to clean up
    private static final Duration QUICK = Duration.ofSeconds(10);

    private final Ovsdb database;
    private final OvsEngine.Place place;
    private final OvsEngine.Datapath datapath;
    private final Links links;
    private final List<ReentrantLock> locks =
            Stream.generate(ReentrantLock::new).limit(LOCKS).toList();

    /** {@code database}: a client at {@link OvsEngine#database}. It stays the caller's to close. */
    public OvsPorts(Ovsdb database, OvsEngine.Place place, OvsEngine.Datapath datapath) {
        this.database = database;
        this.place = place;
        this.datapath = datapath;
        this.links = new Links(place);
    }

    @Override
    public List<Attachment> attachments(UUID instance, Form form, List<NicPlan> nics) {
        return nics.stream()
                .<Attachment>map(nic -> switch (form) {
                    case NAMESPACE ->
                        new Attachment.Namespace(
                                nic.port(),
                                LinkScript.namespacePath(instance).toString(),
                                LinkScript.inner(nics.indexOf(nic)));
                    case TAP -> new Attachment.Tap(nic.port(), LinkScript.device(nic.port()));
                })
                .toList();
    }

    @Override
    public List<Attachment> attach(UUID instance, Form form, List<NicPlan> nics) throws EngineException {
        ReentrantLock lock = locks.get(Math.floorMod(instance.hashCode(), LOCKS));
        lock.lock();
        try {
            OvsRows.Host host = OvsRows.read(database, place.bridge());
            if (host.bridge().isEmpty()) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE, "Open vSwitch has no bridge " + place.bridge() + " yet");
            }
            Work work = survey(host, instance, form, nics);
            if (!work.known.isEmpty()) {
                // A row whose device went and comes again keeps the old device open, so the row goes first.
                database.transact(OvsEngine.DATABASE, withNext(OvsRows.detachment(host, work.known)));
                OvsRows.awaitApplied(database, QUICK);
                host = OvsRows.read(database, place.bridge());
            }
            links.remove(work.outdated);
            if (!work.missing.isEmpty()) {
                links.host(LinkScript.host(form, instance, nics, work.missing));
            }
            plug(host, instance, form, nics, work);
        } finally {
            lock.unlock();
        }
        return attachments(instance, form, nics);
    }

    /** Indices of nics whose links must be made, links to remove first, and rows of ours whose device is to be replaced. */
    private record Work(Set<Integer> missing, List<String> outdated, List<OvsRows.Port> known) {}

    private Work survey(OvsRows.Host host, UUID instance, Form form, List<NicPlan> nics) throws EngineException {
        SortedMap<String, LinkScript.Mark> marked = links.marked();
        Optional<JsonNode> inside = form == Form.NAMESPACE ? namespace(instance) : Optional.empty();
        var missing = new TreeSet<Integer>();
        var outdated = new ArrayList<String>();
        var planned = new TreeSet<String>();
        for (int i = 0; i < nics.size(); i++) {
            NicPlan nic = nics.get(i);
            String device = LinkScript.device(nic.port());
            planned.add(device);
            Optional<LinkScript.Mark> there = Optional.ofNullable(marked.get(device));
            boolean good = there.equals(Optional.of(new LinkScript.Mark(nic.port(), instance)))
                    && (form == Form.TAP || asPlanned(inside, i, nic));
            if (!good) {
                missing.add(i);
                if (there.isPresent()) {
                    outdated.add(device);
                }
            }
        }
        marked.forEach((device, mark) -> {
            if (mark.instance().equals(instance) && !planned.contains(device)) {
                outdated.add(device);
            }
        });
        List<OvsRows.Port> known = host.ports().values().stream()
                .filter(port -> missing.stream()
                        .anyMatch(i -> LinkScript.device(nics.get(i).port()).equals(port.name())))
                .toList();
        return new Work(missing, outdated, known);
    }

    private static boolean asPlanned(Optional<JsonNode> inside, int index, NicPlan nic) {
        return inside.isPresent() && Links.asPlanned(inside.get(), index, nic);
    }

    /** Makes the namespace if it isn't there, and gives back what is in it. */
    private Optional<JsonNode> namespace(UUID instance) throws EngineException {
        if (links.namespaceThere(instance)) {
            Optional<JsonNode> inside = links.inside(instance);
            if (inside.isPresent()) {
                return inside;
            }
            links.removeNamespace(instance);
        }
        links.addNamespace(instance);
        return Optional.empty();
    }

    /** The namespace's inside and the rows have nothing to do with each other, so they are done at once. */
    private void plug(OvsRows.Host host, UUID instance, Form form, List<NicPlan> nics, Work work)
            throws EngineException {
        var tasks = new ArrayList<Together.Task>();
        List<ObjectNode> rows = OvsRows.attachment(host, instance, nics);
        if (!rows.isEmpty()) {
            tasks.add(() -> database.transact(OvsEngine.DATABASE, rows));
        }
        if (form == Form.NAMESPACE) {
            tasks.add(() -> links.inside(instance, LinkScript.inside(nics)));
            if (datapath == OvsEngine.Datapath.NETDEV) {
                work.missing.forEach(i -> tasks.add(() -> links.computeChecksums(instance, i)));
            }
        }
        Together.run(tasks);
    }

    private static List<ObjectNode> withNext(List<ObjectNode> operations) {
        return Stream.concat(operations.stream(), Stream.of(OvsRows.askForNext()))
                .toList();
    }

    @Override
    public void detach(UUID instance) throws EngineException {
        ReentrantLock lock = locks.get(Math.floorMod(instance.hashCode(), LOCKS));
        lock.lock();
        try {
            // Rows first, so that Open vSwitch lets go of devices before they vanish; links last, as their mark is how
            // what is left when we are stopped half-way is found again.
            OvsRows.Host host = OvsRows.read(database, place.bridge());
            List<OvsRows.Port> ports = host.ports().values().stream()
                    .filter(port -> port.instance().equals(instance))
                    .toList();
            if (!ports.isEmpty()) {
                database.transact(OvsEngine.DATABASE, OvsRows.detachment(host, ports));
            }
            if (links.namespaceThere(instance)) {
                links.removeNamespace(instance);
            }
            links.remove(links.marked().entrySet().stream()
                    .filter(link -> link.getValue().instance().equals(instance))
                    .map(Map.Entry::getKey)
                    .toList());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<PortSeen> list() throws EngineException {
        OvsRows.Host host = OvsRows.read(database, place.bridge());
        Links.Known known = links.known();
        SortedMap<String, LinkScript.Mark> marked = known.marked();
        var seen = new TreeMap<PortId, PortSeen>();
        marked.values()
                .forEach(mark -> seen.put(mark.port(), new PortSeen(mark.port(), mark.instance(), false, false)));
        host.ports()
                .values()
                .forEach(port -> seen.put(
                        port.id(),
                        new PortSeen(
                                port.id(),
                                port.instance(),
                                port.installed() && marked.containsKey(port.name()),
                                known.held().contains(port.name()))));
        return List.copyOf(seen.values());
    }
}

package yunqi.drivers.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import yunqi.core.base.Clock;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.Session;
import yunqi.core.network.Attachment;

/**
 * The VMs of this host, as persistent domains of our libvirtd. An instance is there as soon as it has a folder, so that nothing is left behind
 * however far its making came.
 */
public final class LibvirtInstances implements InstanceDriver, AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(100); // between two looks at whether a guest has ended
    private static final Duration PRESS =
            Duration.ofSeconds(2); // the power button is pressed again: a guest that still boots misses it
    private static final int LOCKS = 64; // calls for different instances rarely wait for each other
    private static final int METADATA_ELEMENT = 2; // VIR_DOMAIN_METADATA_ELEMENT
    private static final int LIVE_AND_CONFIG = 3; // VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG
    private static final int CONFIG = 2;
    private static final int UNDEFINE_ALL = 1 | 2 | 4; // with saved state, snapshots' records and firmware variables

    private final LibvirtEngine.Place place;
    private final DomainXml.Hypervisor hypervisor;
    private final Clock clock;
    private final Connection connection;
    private final Map<InstanceId, ConsoleHub> consoles = new HashMap<>();
    private final Object[] locks = new Object[LOCKS];

    /**
     * How guests run: {@code kvm} as {@link KvmProbe} found; {@code offloads} false where frames go through Open vSwitch's userspace datapath, which
     * does not finish what a guest leaves to its network card.
     */
    public record Settings(boolean kvm, boolean offloads) {}

    public LibvirtInstances(LibvirtEngine.Place place, Settings settings, Clock clock) {
        this.place = place;
        this.hypervisor = new DomainXml.Hypervisor(settings.kvm(), settings.offloads());
        this.clock = clock;
        this.connection = new Connection(place.socket());
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new Object();
        }
    }

    @Override
    public ImageType type() {
        return ImageType.VM;
    }

    @Override
    public List<Found> list() throws EngineException {
        Set<InstanceId> ids = new LinkedHashSet<>(connection.call("list VMs", connect -> {
            List<InstanceId> defined = new ArrayList<>();
            for (Domain domain : connect.listAllDomains(0)) {
                id(domain.getName()).ifPresent(defined::add);
                domain.free();
            }
            return defined;
        }));
        ids.addAll(InstanceFolder.list(place.instances()));
        List<Found> found = new ArrayList<>();
        for (InstanceId id : ids) {
            find(id).ifPresent(found::add);
        }
        return found;
    }

    private static Optional<InstanceId> id(String name) {
        return name.matches("yq-[0-9a-f-]{36}")
                ? Optional.of(new InstanceId(UUID.fromString(name.substring("yq-".length()))))
                : Optional.empty();
    }

    @Override
    public Optional<Found> find(InstanceId id) throws EngineException {
        synchronized (lock(id)) {
            Optional<DomainSeen> seen = look(id);
            InstanceFolder folder = folder(id);
            if (seen.isPresent()) {
                return Optional.of(found(seen.get(), folder));
            }
            return folder.exists()
                    ? Optional.of(new Found(
                            id,
                            0,
                            "",
                            Found.State.CREATED,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            false))
                    : Optional.empty();
        }
    }

    /** Puts libvirt's view and our notes together; where they differ libvirt is right, and the notes are brought up to it. */
    private Found found(DomainSeen seen, InstanceFolder folder) throws EngineException {
        Optional<Instant> started = folder.started();
        Optional<Instant> finished = folder.finished();
        if (seen.running() && (started.isEmpty() || finished.isPresent())) {
            started = Optional.of(now());
            finished = Optional.empty();
            folder.noteStart(started.get());
        } else if (!seen.running() && started.isPresent() && finished.isEmpty()) {
            finished = Optional.of(now());
            folder.noteEnd(finished.get());
        }
        Found.State state =
                seen.running() ? Found.State.RUNNING : started.isPresent() ? Found.State.EXITED : Found.State.CREATED;
        return new Found(
                seen.id(), seen.epoch(), seen.applied(), state, started, finished, Optional.empty(), seen.ready());
    }

    @Override
    public void create(Assignment assignment, LocalImage image, List<Attachment> attachments) throws EngineException {
        InstanceId id = assignment.id();
        synchronized (lock(id)) {
            Optional<DomainSeen> seen = look(id);
            if (seen.isPresent() && seen.get().applied().equals(assignment.applied())) {
                if (seen.get().epoch() != assignment.epoch()) {
                    mark(assignment, seen.get().running());
                }
                return;
            }
            if (seen.isPresent() && seen.get().running()) {
                throw new EngineException(
                        EngineException.Kind.BUSY, "VM " + id + " runs: it is made anew once it has been stopped");
            }
            InstanceFolder folder = folder(id);
            VmImage base = base(folder, image);
            LibvirtEngine.GuestUser user = LibvirtEngine.GuestUser.here();
            Optional<Path> seed = folder.prepare(assignment.plan(), base, digest(folder, image), user);
            folder.forgetRuns();
            var files = new DomainXml.Files(
                    folder.disk(), base.disk(), seed, base.kernel(), folder.console(), folder.log());
            String xml = DomainXml.of(
                    assignment.plan(),
                    assignment.epoch(),
                    assignment.applied(),
                    hypervisor,
                    files,
                    Interfaces.taps(assignment, attachments));
            connection.call(
                    "define VM " + id, connect -> connect.domainDefineXML(xml).free());
        }
    }

    /** A disk stays on the image that it was made from, and is started with that image's kernel, whichever image the plan names now. */
    private VmImage base(InstanceFolder folder, LocalImage image) throws EngineException {
        Path location = Path.of(image.location());
        return VmImage.read(location.resolveSibling(digest(folder, image).hex()));
    }

    private static Digest digest(InstanceFolder folder, LocalImage image) throws EngineException {
        return Files.exists(folder.disk()) ? folder.image().orElse(image.digest()) : image.digest();
    }

    @Override
    public void replug(Assignment assignment, List<Attachment> attachments) throws EngineException {
        List<String> taps = Interfaces.taps(assignment, attachments);
        synchronized (lock(assignment.id())) {
            if (running(assignment.id())) {
                new Interfaces(connection, hypervisor).replug(assignment, taps);
            }
        }
    }

    private void mark(Assignment assignment, boolean running) throws EngineException {
        InstanceId id = assignment.id();
        String mark = DomainXml.mark(id.toString(), assignment.epoch(), assignment.applied());
        connection.call("mark VM " + id, connect -> {
            Domain domain = connect.domainLookupByUUID(id.value());
            domain.setMetadata(
                    METADATA_ELEMENT, mark, "yunqi", DomainXml.NAMESPACE, running ? LIVE_AND_CONFIG : CONFIG);
            return domain.free();
        });
    }

    @Override
    public void start(InstanceId id) throws EngineException {
        synchronized (lock(id)) {
            DomainSeen seen = present(id);
            if (seen.running()) {
                return;
            }
            connection.call("start VM " + id, connect -> {
                Domain domain = connect.domainLookupByUUID(id.value());
                domain.create();
                return domain.free();
            });
            folder(id).noteStart(now());
        }
    }

    @Override
    public void stop(InstanceId id, Duration grace) throws EngineException {
        long end = System.nanoTime() + grace.toNanos();
        long press = System.nanoTime();
        while (running(id)) {
            long now = System.nanoTime();
            if (now >= end) {
                destroy(id);
            } else if (now >= press) {
                ifThere("ask VM " + id + " to end", id, Domain::shutdown);
                press = now + PRESS.toNanos();
            }
            pause();
        }
        find(id); // notes when it ended
    }

    private boolean running(InstanceId id) throws EngineException {
        return look(id).filter(DomainSeen::running).isPresent();
    }

    private void destroy(InstanceId id) throws EngineException {
        ifThere("end VM " + id, id, Domain::destroy);
    }

    @Override
    public void remove(InstanceId id) throws EngineException {
        synchronized (lock(id)) {
            if (running(id)) {
                destroy(id);
            }
            ifThere("undefine VM " + id, id, domain -> domain.undefine(UNDEFINE_ALL));
            folder(id).remove();
        }
    }

    @Override
    public Session console(InstanceId id) throws EngineException {
        DomainSeen seen = present(id);
        if (!seen.running()) {
            throw new EngineException(EngineException.Kind.REFUSED, "VM " + id + " does not run: it has no console");
        }
        synchronized (consoles) {
            Optional<Session> shared = Optional.ofNullable(consoles.get(id)).flatMap(ConsoleHub::view);
            if (shared.isPresent()) {
                return shared.get();
            }
            try {
                ConsoleHub hub = ConsoleHub.connect(folder(id).console());
                consoles.values().removeIf(ConsoleHub::ended);
                consoles.put(id, hub);
                return hub.view().orElseThrow(() -> new IOException("it ended at once"));
            } catch (IOException e) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE,
                        "cannot reach the console of VM " + id + ": " + e.getMessage(),
                        e);
            }
        }
    }

    @Override
    public Session exec(InstanceId id, List<String> command, boolean terminal) throws EngineException {
        present(id);
        throw new EngineException(
                EngineException.Kind.REFUSED,
                "commands cannot be run inside a VM from outside: use its console, or SSH if the image has it");
    }

    @Override
    public Session logs(InstanceId id, int tail, boolean follow) throws EngineException {
        present(id);
        try {
            return LogFiles.open(folder(id).log(), tail, follow);
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot read the log of VM " + id + ": " + e.getMessage(), e);
        }
    }

    @Override
    public AutoCloseable watch(Consumer<InstanceId> changed) throws EngineException {
        AutoCloseable watch = connection.watch(name -> id(name).ifPresent(changed));
        // Events come over the connection: it has to be there, even if nobody asks for anything else.
        connection.call("watch VMs", Connect::isAlive);
        return watch;
    }

    /** Ends the connection. Guests run on. */
    @Override
    public void close() {
        connection.close();
    }

    private interface Act {
        void on(Domain domain) throws LibvirtException;
    }

    /** Does something with the domain; nothing if it isn't there, or doesn't run where that matters. */
    private void ifThere(String what, InstanceId id, Act act) throws EngineException {
        connection.call(what, connect -> {
            try {
                Domain domain = connect.domainLookupByUUID(id.value());
                act.on(domain);
                return domain.free();
            } catch (LibvirtException e) {
                if (Connection.missing(e) || Connection.notRunning(e)) {
                    return 0;
                }
                throw e;
            }
        });
    }

    private DomainSeen present(InstanceId id) throws EngineException {
        return look(id).orElseThrow(
                        () -> new EngineException(EngineException.Kind.REFUSED, "VM " + id + " is not on this host"));
    }

    private Optional<DomainSeen> look(InstanceId id) throws EngineException {
        return connection.call("look at VM " + id, connect -> {
            try {
                Domain domain = connect.domainLookupByUUID(id.value());
                Optional<DomainSeen> seen = describe(domain);
                domain.free();
                return seen;
            } catch (LibvirtException e) {
                if (Connection.missing(e)) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    private static Optional<DomainSeen> describe(Domain domain) throws LibvirtException {
        try {
            return DomainSeen.of(domain.getXMLDesc(0));
        } catch (LibvirtException e) {
            if (Connection.missing(e)) {
                return Optional.empty(); // removed since it was listed
            }
            throw e;
        }
    }

    private Instant now() {
        return clock.now().truncatedTo(ChronoUnit.MILLIS);
    }

    private InstanceFolder folder(InstanceId id) {
        return InstanceFolder.of(place.instances(), id);
    }

    private Object lock(InstanceId id) {
        return locks[Math.floorMod(id.hashCode(), LOCKS)];
    }

    private static void pause() throws EngineException {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted while a VM ends", e);
        }
    }
}

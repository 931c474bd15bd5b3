package yunqi.agent.engines;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.agent.control.Engines;
import yunqi.agent.facts.KvmOnce;
import yunqi.agent.facts.Versions;
import yunqi.agent.link.Identity;
import yunqi.agent.metadata.MetadataService;
import yunqi.core.base.EngineException;
import yunqi.core.base.IpAddress;
import yunqi.core.host.HostSeen;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImageSource;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.network.PortDriver;
import yunqi.drivers.docker.DockerEngine;
import yunqi.drivers.docker.DockerImages;
import yunqi.drivers.docker.DockerInstances;
import yunqi.drivers.libvirt.LibvirtEngine;
import yunqi.drivers.libvirt.LibvirtInstances;
import yunqi.drivers.libvirt.VmImages;
import yunqi.drivers.ovn.NamespaceSocket;
import yunqi.drivers.ovn.OvsEngine;
import yunqi.drivers.ovn.OvsPorts;
import yunqi.drivers.ovn.Ovsdb;
import yunqi.drivers.process.Daemon;

/**
 * The wiring of this host's engines: containers by Docker, VMs by libvirt, ports by Open vSwitch. Each comes up by itself and is kept running; the drivers
 * can be used at once and say what they wait for. Closing ends the watching, not the engines.
 */
public final class EnginesOfHost implements AutoCloseable {
    private static final Duration DATABASE = Duration.ofSeconds(5); // its socket is on this machine

    private final Here here;
    private final ImageSource images;
    private final List<Family> families = new ArrayList<>();
    private final Late<ImageDriver> containerImages = new Late<>("the container engine");
    private final Late<InstanceDriver> containers = new Late<>("the container engine");
    private final Late<PortDriver> ports = new Late<>("the network");
    private final MetadataService metadata;
    private final LateInstances containerInstances = new LateInstances(ImageType.CONTAINER, containers);
    private final Late<ImageDriver> machineImages = new Late<>("the engine of VMs");
    private final Late<InstanceDriver> machines = new Late<>("the engine of VMs");
    private final LateInstances machineInstances = new LateInstances(ImageType.VM, machines);

    /** This host: where its state is, who it is, what it is called, where other hosts reach it, and whether KVM is usable. */
    public record Here(Path root, Identity identity, Identity.Joined joined, IpAddress tunnel, KvmOnce kvm) {}

    /** Begins at once. */
    public EnginesOfHost(Here here, ImageSource images) {
        this.here = here;
        this.images = images;
        this.metadata = new MetadataService(here.joined().host(), new LatePorts(ports), NamespaceSocket::listen);
        families.add(new Family("docker", new DockerSteps(), why -> {
            containers.waiting(why);
            containerImages.waiting(why);
        }));
        families.add(new Family("libvirt", new MachineSteps(), why -> {
            machines.waiting(why);
            machineImages.waiting(why);
        }));
        families.add(new Family("network", new NetworkSteps(), ports::waiting));
    }

    /** What the local loop works with. */
    public Engines drivers() {
        return new Engines(
                List.of(containerInstances, machineInstances),
                List.of(
                        new LateImages(ImageType.CONTAINER, containerImages),
                        new LateImages(ImageType.VM, machineImages)),
                new LatePorts(ports),
                metadata);
    }

    /** How every daemon is. */
    public List<HostSeen.EngineSeen> seen() {
        return families.stream().flatMap(family -> family.seen().stream()).toList();
    }

    @Override
    public void close() {
        metadata.close();
        families.forEach(Family::close);
    }

    private final class DockerSteps implements Family.Steps {
        @Override
        public List<Daemon> prepare() throws EngineException {
            DockerEngine.install(here.root());
            return DockerEngine.daemons(here.root());
        }

        @Override
        public void connect() throws EngineException {
            containerImages.there(new DockerImages(here.root(), images));
            containerInstances.there(new DockerInstances(here.root()));
        }
    }

    private final class MachineSteps implements Family.Steps {
        private final LibvirtEngine.Place place =
                LibvirtEngine.Place.under(here.root(), here.joined().host().value());
        private boolean kvm;

        @Override
        public List<Daemon> prepare() throws EngineException {
            LibvirtEngine.prepare(place);
            kvm = here.kvm().answer(KvmOnce.now(Versions.installed())).usable();
            return LibvirtEngine.daemons(place, kvm);
        }

        @Override
        public void connect() throws EngineException {
            machineImages.there(new VmImages(place, images));
            // Unfinished frames would be lost in Open vSwitch's userspace datapath; guests finish theirs on every host,
            // so that they can move.
            boolean offloads = false;
            machineInstances.there(
                    new LibvirtInstances(place, new LibvirtInstances.Settings(kvm, offloads), Instant::now));
        }
    }

    private final class NetworkSteps implements Family.Steps {
        private final OvsEngine.Place place = OvsEngine.Place.under(here.root());
        private final Ovsdb database = new Ovsdb(OvsEngine.database(place), DATABASE);
        private OvsEngine.Datapath datapath = OvsEngine.Datapath.NETDEV;

        @Override
        public List<Daemon> prepare() throws EngineException {
            Identity identity = here.identity();
            datapath = OvsEngine.prepare(
                    place,
                    new OvsEngine.Settings(
                            here.joined().host().value(),
                            here.joined().name().value(),
                            here.joined().site().southbound(),
                            here.tunnel(),
                            Optional.of(
                                    new OvsEngine.Pem(identity.key(), identity.certificate(), identity.authority()))));
            return OvsEngine.daemons(place);
        }

        @Override
        public void connect() {
            ports.there(new OvsPorts(database, place, datapath));
        }
    }
}

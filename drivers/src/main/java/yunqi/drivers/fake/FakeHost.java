package yunqi.drivers.fake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.network.Attachment;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;

/**
 * One pretended machine: its instances, images and ports. The drivers that it hands out keep nothing themselves, so asking for new ones is a
 * restart of the agent; {@link #powerCut} is one of the machine. Safe for use by many threads, and needs none.
 */
public final class FakeHost {
    /**
     * What a pretended machine is made of: {@code name} begins its boot ids, {@code vmBoot} is how long a VM's guest takes to be ready,
     * {@code installed} says whether the site's networks know a port, {@code pause} lets time pass when an engine is slow.
     */
    public record Setup(
            String name,
            Clock clock,
            Faults faults,
            Duration vmBoot,
            Predicate<PortId> installed,
            Consumer<Duration> pause) {
        /** A machine without faults, whose guests are ready at once. */
        public static Setup plain(String name, Clock clock) {
            return new Setup(name, clock, Faults.NONE, Duration.ZERO, _ -> true, _ -> {});
        }
    }

    /** What a driver does when nothing goes wrong. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws EngineException;
    }

    private final Setup setup;
    private final FakeRegistry registry = new FakeRegistry();
    private final SortedMap<InstanceId, FakeInstance> instances = new TreeMap<>();
    private final SortedMap<UUID, List<FakePorts.Port>> ports = new TreeMap<>();
    private final List<Consumer<InstanceId>> watchers = new CopyOnWriteArrayList<>();
    private final FakeImages vmImages;
    private final FakeImages containerImages;
    private int boots = 1;

    public FakeHost(Setup setup) {
        this.setup = setup;
        this.vmImages = new FakeImages(this, ImageType.VM);
        this.containerImages = new FakeImages(this, ImageType.CONTAINER);
    }

    public InstanceDriver instances(ImageType type) {
        return new FakeInstances(this, type);
    }

    public ImageDriver images(ImageType type) {
        return type == ImageType.VM ? vmImages : containerImages;
    }

    public PortDriver ports() {
        return new FakePorts(this);
    }

    /** Where this machine's images come from. */
    public FakeRegistry registry() {
        return registry;
    }

    /** Changes with every power cut. */
    public synchronized String bootId() {
        return setup.name() + "-boot-" + boots;
    }

    /** The machine loses power and comes back: nothing runs, ports are gone, watches are over; what was on disk is still there. */
    public synchronized void powerCut() {
        boots++;
        ports.clear();
        watchers.clear();
        instances.values().forEach(instance -> instance.loseLife(setup.clock().now()));
    }

    /** An instance's process ends by itself; nothing happens if it doesn't run. */
    public void crash(InstanceId id, int exitCode) {
        synchronized (this) {
            FakeInstance instance = instances.get(id);
            if (instance == null || instance.state() != Found.State.RUNNING) {
                return;
            }
            instance.end(setup.clock().now(), Optional.of(exitCode));
        }
        wake(id);
    }

    /** Starts it once more though it may run already, as no engine of ours does: for planting that mistake. Nothing happens if it isn't there. */
    public synchronized void startAgain(InstanceId id) {
        FakeInstance instance = instances.get(id);
        if (instance != null) {
            instance.start(setup.clock().now());
        }
    }

    /** How often it was started while it ran, since it was made. Looks past every fault: for whoever judges what happened. */
    public synchronized int doubleStarts() {
        return instances.values().stream().mapToInt(FakeInstance::doubleStarts).sum();
    }

    /** Those that run, sorted. Looks past every fault: for whoever judges what happened. */
    public synchronized List<InstanceId> running() {
        return instances.values().stream()
                .filter(instance -> instance.state() == Found.State.RUNNING)
                .map(FakeInstance::id)
                .toList();
    }

    /** All that is there as it is, sorted by id. Looks past every fault: for whoever judges what happened. */
    public synchronized List<Found> everything() {
        return instances.values().stream().map(this::found).toList();
    }

    /** The instances that have ports here, sorted. Looks past every fault: for whoever judges what happened. */
    public synchronized List<UUID> attached() {
        return List.copyOf(new TreeSet<>(ports.keySet()));
    }

    /** True if the port of this attachment is here. Looks past every fault: for whoever judges what happened. */
    public synchronized boolean has(Attachment attachment) {
        return ports.values().stream()
                .flatMap(List::stream)
                .anyMatch(port -> port.attachment().equals(attachment));
    }

    Setup setup() {
        return setup;
    }

    /** To be used under this object's lock only. */
    SortedMap<InstanceId, FakeInstance> shelf() {
        return instances;
    }

    /** To be used under this object's lock only. */
    SortedMap<UUID, List<FakePorts.Port>> sockets() {
        return ports;
    }

    Found found(FakeInstance instance) {
        Duration boot = instance.plan().type() == ImageType.VM ? setup.vmBoot() : Duration.ZERO;
        return instance.found(setup.clock().now(), boot);
    }

    /** Does the work, slowly, badly or not at all, as the faults will have it. */
    <T> T perform(String operation, Work<T> work) throws EngineException {
        return switch (setup.faults().next(operation)) {
            case Faults.Fault.None() -> work.run();
            case Faults.Fault.Fails(var kind) -> throw new EngineException(kind, operation + " fails as planned");
            case Faults.Fault.Lies(var kind) -> {
                work.run();
                throw new EngineException(kind, operation + " is done, but says it is not");
            }
            case Faults.Fault.Slow(var pause) -> {
                setup.pause().accept(pause);
                yield work.run();
            }
        };
    }

    AutoCloseable watch(Consumer<InstanceId> changed) {
        // A consumer of its own each time, so that closing one watch never closes another with the same consumer.
        Consumer<InstanceId> watcher = id -> changed.accept(id);
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    /** To be called without this object's lock, since a watcher may call back. */
    void wake(InstanceId id) {
        if (setup.faults().next("instance.wake") instanceof Faults.Fault.None) {
            List<Consumer<InstanceId>> all = new ArrayList<>(watchers);
            all.forEach(watcher -> watcher.accept(id));
        }
    }
}

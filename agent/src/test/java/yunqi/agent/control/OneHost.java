package yunqi.agent.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.agent.state.HeldMemories;
import yunqi.agent.state.Memories;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Link;
import yunqi.drivers.fake.FakeHost;
import yunqi.drivers.fake.Faults;

/** A pretended host with its loop, all in the test's thread, on a clock that the test turns. */
final class OneHost {
    static final HostId ID = new HostId(new UUID(7, 7));
    private static final int STEP_LIMIT = 10_000; // a loop that is never done is a bug, and must not hang the test
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    final Faults.Switches faults = new Faults.Switches();
    final FakeHost machine =
            new FakeHost(new FakeHost.Setup("one", () -> now, faults, Duration.ofSeconds(2), _ -> true, _ -> {}));
    final Memories memories;
    final List<String> signals = new ArrayList<>();
    private final Map<InstanceId, Assignment> wanted = new TreeMap<>();
    private final Map<UUID, InstanceSeen> told = new TreeMap<>();
    private long version;
    private HostLoop loop;

    OneHost() {
        this(new HeldMemories());
    }

    OneHost(Memories memories) {
        this.memories = memories;
        this.loop = open();
    }

    private HostLoop open() {
        Engines engines = new Engines(
                List.of(machine.instances(ImageType.VM), machine.instances(ImageType.CONTAINER)),
                List.of(machine.images(ImageType.VM), machine.images(ImageType.CONTAINER)),
                machine.ports());
        Signals noted = new Signals() {
            @Override
            public void work() {}

            @Override
            public void seen() {
                signals.add("seen");
            }

            @Override
            public void doing() {
                signals.add("doing");
            }
        };
        try {
            return new HostLoop(
                    new HostLoop.Self(ID, machine.bootId(), () -> now, noted), engines, memories, Runnable::run);
        } catch (EngineException e) {
            throw new AssertionError(e);
        }
    }

    HostLoop loop() {
        return loop;
    }

    Instant now() {
        return now;
    }

    /** Somebody sets the machine's clock back. */
    void setBack(Duration by) {
        now = now.minus(by);
    }

    /** The agent is killed and started again. */
    void restartAgent() {
        loop.close();
        loop = open();
    }

    /** Lets so much time pass, and the loop work whenever something is due. */
    void pass(Duration time) {
        Instant end = now.plus(time);
        for (int i = 0; i < STEP_LIMIT; i++) {
            Instant next = loop.tick();
            if (next.isAfter(end)) {
                now = end;
                return;
            }
            if (next.isAfter(now)) {
                now = next;
            }
        }
        throw new AssertionError("the loop is never done");
    }

    /** Tells the whole list of assignments, and lets a moment pass. */
    void assign(Assignment assignment) {
        wanted.put(assignment.id(), assignment);
        tell(1);
    }

    void unassign(InstanceId id) {
        wanted.remove(id);
        tell(1);
    }

    void tell(long hostEpoch) {
        version++;
        try {
            loop.assign(new Link.Assignments(version, hostEpoch, true, List.copyOf(wanted.values()), List.of()));
        } catch (EngineException e) {
            throw new AssertionError(e);
        }
        pass(Duration.ofMillis(1));
    }

    /** What the server knows after a report. */
    Map<UUID, InstanceSeen> report() {
        Link.Observation report = loop.report(Optional.empty(), List.of());
        if (report.full()) {
            told.clear();
        }
        report.gone().forEach(told::remove);
        report.seen().forEach(of -> told.put(of.instance(), of.seen()));
        loop.reported(new Link.Ack(!Digests.ofSeen(told).equals(report.digest())));
        return told;
    }

    InstanceSeen seen(InstanceId id) {
        return Optional.ofNullable(report().get(id.value()))
                .orElseThrow(() -> new AssertionError(id + " is not reported"));
    }

    static InstanceId id(int number) {
        return new InstanceId(new UUID(1, number));
    }

    static Assignment container(int number, String script) {
        return of(number, ImageType.CONTAINER, List.of("sh", "-c", script), 64);
    }

    static Assignment vm(int number, int mebibytes) {
        return of(number, ImageType.VM, List.of(), mebibytes);
    }

    private static Assignment of(int number, ImageType type, List<String> command, int mebibytes) {
        Cidr block = Cidr.parse("10.0.0.0/24");
        NicPlan nic = new NicPlan(
                new PortId(new UUID(2, number)),
                new NetworkId(new UUID(3, 1)),
                Network.DEFAULT,
                MacAddress.of(block.at(number + 1L)),
                block.at(number + 1L),
                block.prefix(),
                block.at(1),
                "default.internal",
                Network.MTU);
        InstancePlan plan = new InstancePlan(
                id(number),
                new Name("default"),
                new Name("i" + number),
                type,
                new FlavorSpec(1, Bytes.mebibytes(mebibytes), new Bytes(0)),
                new ImagePlan(type, "library/some", new Digest(String.format(Locale.ROOT, "sha256:%064x", 1))),
                true,
                false,
                List.of(nic),
                command,
                new TreeMap<>(),
                Optional.empty(),
                List.of());
        return new Assignment(plan, Assignment.Wanted.RUNNING, 1, RestartPolicy.ALWAYS, 0, Digests.of(plan));
    }

    static Assignment but(Assignment a, Assignment.Wanted wanted) {
        return new Assignment(a.plan(), wanted, a.epoch(), a.restart(), a.restarts(), a.applied());
    }

    static Assignment but(Assignment a, RestartPolicy policy) {
        return new Assignment(a.plan(), a.wanted(), a.epoch(), policy, a.restarts(), a.applied());
    }

    static Assignment restarted(Assignment a, long restarts) {
        return new Assignment(a.plan(), a.wanted(), a.epoch(), a.restart(), restarts, a.applied());
    }

    static Assignment under(Assignment a, long epoch) {
        return new Assignment(a.plan(), a.wanted(), epoch, a.restart(), a.restarts(), a.applied());
    }
}

package yunqi.core.instance;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Digest;
import yunqi.core.base.Labels;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;

/** Instances and what belongs to them, for tests. */
final class Some {
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final HostId HOST = new HostId(new UUID(1, 1));
    static final InstanceId ID = new InstanceId(new UUID(2, 2));
    static final FlavorSpec SMALL = new FlavorSpec(1, Bytes.mebibytes(512), Bytes.gibibytes(1));
    static final FlavorSpec LARGE = new FlavorSpec(2, Bytes.mebibytes(1024), Bytes.gibibytes(1));
    static final String BOOT = "this boot";
    private static final Cidr BLOCK = Cidr.parse("10.0.0.0/24");
    private static final ImagePlan IMAGE =
            new ImagePlan(ImageType.CONTAINER, "library/some", new Digest("sha256:" + "0".repeat(64)));

    private Some() {}

    static NicPlan nic(String network) {
        return new NicPlan(
                new PortId(new UUID(3, network.hashCode())),
                new NetworkId(new UUID(4, network.hashCode())),
                new Name(network),
                MacAddress.of(BLOCK.at(5)),
                BLOCK.at(5),
                24,
                BLOCK.at(1),
                "default.internal",
                Network.MTU);
    }

    static InstanceSpec spec() {
        return new InstanceSpec(
                ImageType.CONTAINER,
                new Name("some"),
                new Name("small"),
                List.of(new InstanceSpec.Nic(new Name("default"), Optional.empty())),
                true,
                RestartPolicy.ALWAYS,
                List.of(),
                new TreeMap<>(),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                Optional.empty(),
                0);
    }

    static InstanceSpec spec(RestartPolicy policy) {
        InstanceSpec s = spec();
        return new InstanceSpec(
                s.type(),
                s.image(),
                s.flavor(),
                s.networks(),
                s.running(),
                policy,
                s.command(),
                s.env(),
                s.userData(),
                s.keys(),
                s.hostLabels(),
                s.host(),
                s.restarts());
    }

    static InstanceDecided decided() {
        return new InstanceDecided(
                Optional.of(HOST),
                1,
                Optional.of(SMALL),
                Optional.of(new InstanceDecided.Chosen(new Name("some"), IMAGE, true, false)),
                List.of(nic("default")),
                Optional.of(NOW),
                "why",
                Optional.empty());
    }

    static Instance instance(boolean wanted, InstanceSpec spec, InstanceDecided decided, Optional<InstanceSeen> seen) {
        Meta meta = new Meta(
                ID.value(),
                Optional.of(new Name("default")),
                new Name("web"),
                Labels.NONE,
                1,
                1,
                1,
                1,
                NOW,
                wanted ? Optional.empty() : Optional.of(NOW));
        return new Instance(meta, spec, decided, seen);
    }

    static InstanceSeen seen(Phase phase, boolean ready) {
        return seen(phase, ready, Optional.empty(), 0, "");
    }

    static InstanceSeen seen(Phase phase, boolean ready, Optional<Integer> exitCode, int crashes, String trouble) {
        return new InstanceSeen(
                HOST,
                1,
                phase,
                ready,
                phase == Phase.RUNNING ? Optional.of(NOW) : Optional.empty(),
                Optional.empty(),
                exitCode.map(_ -> NOW),
                exitCode,
                crashes,
                Optional.empty(),
                "",
                trouble,
                0,
                "plan",
                Optional.of("boot"),
                Optional.empty());
    }

    static Assignment assignment(Assignment.Wanted wanted, RestartPolicy policy) {
        InstancePlan plan = new InstancePlan(
                ID,
                new Name("default"),
                new Name("web"),
                ImageType.CONTAINER,
                SMALL,
                IMAGE,
                true,
                false,
                List.of(),
                List.of(),
                new TreeMap<>(),
                Optional.empty(),
                List.of());
        return new Assignment(plan, wanted, 1, policy, 0, "plan");
    }

    static Here here(Found.State state, String applied) {
        boolean ran = state != Found.State.CREATED;
        return new Here(
                Optional.of(new Found(
                        ID,
                        1,
                        applied,
                        state,
                        ran ? Optional.of(NOW) : Optional.empty(),
                        state == Found.State.EXITED ? Optional.of(NOW.plusSeconds(5)) : Optional.empty(),
                        state == Found.State.EXITED ? Optional.of(1) : Optional.empty(),
                        state == Found.State.RUNNING)),
                true,
                true);
    }
}

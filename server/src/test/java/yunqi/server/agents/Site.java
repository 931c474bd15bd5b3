package yunqi.server.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import yunqi.core.base.Bytes;
import yunqi.core.base.Clock;
import yunqi.core.base.Digest;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.Host;
import yunqi.core.host.HostDecided;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSpec;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.Phase;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** A small site in memory, with a clock that a test turns: hosts and instances are declared and decided here as the API and control would. */
final class Site {
    static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    final Clock clock = now::get;
    final MemoryStore store = new MemoryStore(clock);

    void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    HostId host(String name) {
        UUID id = UUID.randomUUID();
        done(List.of(new Write.Create(new Row(
                HostTable.KIND,
                meta(id, Optional.empty(), name),
                Wire.write(HostSpec.FIRST),
                Row.EMPTY,
                Row.EMPTY,
                Optional.empty()))));
        return new HostId(id);
    }

    void hostEpoch(HostId host, long epoch) {
        Row row = store.get(host.value()).orElseThrow();
        done(List.of(new Write.Decide(
                row.id(),
                row.meta().generation(),
                row.meta().decision(),
                Wire.write(new HostDecided(epoch)),
                row.host())));
    }

    Host hostRow(HostId host) {
        return HostTable.read(store.get(host.value()).orElseThrow());
    }

    UUID instance(String name) {
        UUID id = UUID.randomUUID();
        done(List.of(new Write.Create(new Row(
                InstanceTable.KIND,
                meta(id, Optional.of(new Name("demo")), name),
                Wire.write(spec()),
                Row.EMPTY,
                Row.EMPTY,
                Optional.empty()))));
        return id;
    }

    UUID instanceOn(HostId host, String name) {
        UUID id = instance(name);
        decide(id, Optional.of(host), 1);
        return id;
    }

    void decide(UUID id, Optional<HostId> host, long epoch) {
        Row row = store.get(id).orElseThrow();
        done(List.of(new Write.Decide(
                id,
                row.meta().generation(),
                row.meta().decision(),
                Wire.write(decided(host, epoch)),
                host.map(HostId::value))));
    }

    void declare(UUID id, InstanceSpec spec) {
        Row row = store.get(id).orElseThrow();
        done(List.of(new Write.Declare(id, row.meta().generation(), Labels.NONE, Wire.write(spec))));
    }

    void delete(UUID id) {
        done(List.of(
                new Write.MarkDeleted(id, store.get(id).orElseThrow().meta().generation(), clock.now())));
    }

    void remove(UUID id) {
        done(List.of(new Write.Remove(id, store.get(id).orElseThrow().meta().decision())));
    }

    Instance read(UUID id) {
        return InstanceTable.read(store.get(id).orElseThrow());
    }

    static InstanceSpec spec() {
        return new InstanceSpec(
                ImageType.CONTAINER,
                new Name("busybox"),
                new Name("small"),
                List.of(new InstanceSpec.Nic(new Name("default"), Optional.empty())),
                true,
                RestartPolicy.ALWAYS,
                List.of("sleep", "infinity"),
                new TreeMap<>(),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                Optional.empty(),
                0);
    }

    static InstanceDecided decided(Optional<HostId> host, long epoch) {
        return new InstanceDecided(
                host,
                epoch,
                Optional.of(new FlavorSpec(1, Bytes.mebibytes(128), Bytes.gibibytes(1))),
                Optional.of(new InstanceDecided.Chosen(
                        new Name("busybox"),
                        new ImagePlan(ImageType.CONTAINER, "library/busybox", new Digest("sha256:" + "ab".repeat(32))),
                        false,
                        false)),
                List.of(nic()),
                Optional.of(START),
                "the only host",
                Optional.empty());
    }

    private static NicPlan nic() {
        return new NicPlan(
                new PortId(new UUID(1, 2)),
                new NetworkId(new UUID(3, 4)),
                new Name("default"),
                new MacAddress("0a:00:00:00:00:01"),
                IpAddress.parse("10.0.0.2"),
                24,
                IpAddress.parse("10.0.0.1"),
                "demo.internal",
                1442);
    }

    static InstanceSeen seen(HostId host, long epoch, Phase phase) {
        return new InstanceSeen(
                host,
                epoch,
                phase,
                phase == Phase.RUNNING,
                Optional.of(START),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                "",
                "",
                0,
                "digest",
                Optional.of("boot"),
                Optional.empty());
    }

    private Meta meta(UUID id, Optional<Name> project, String name) {
        return new Meta(id, project, new Name(name), Labels.NONE, 1, 0, 0, 0, clock.now(), Optional.empty());
    }

    private void done(List<Write> writes) {
        assertThat(store.write(writes)).isInstanceOf(Written.Done.class);
    }
}

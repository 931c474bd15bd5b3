package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import yunqi.agent.link.HttpServerLink;
import yunqi.agent.link.Identity;
import yunqi.core.base.Bytes;
import yunqi.core.base.Clock;
import yunqi.core.base.Digest;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.NicPlan;
import yunqi.core.wire.Link;
import yunqi.core.wire.Release;
import yunqi.core.wire.Wire;
import yunqi.server.agents.HostLink;
import yunqi.server.agents.JoinToken;
import yunqi.server.agents.Joins;
import yunqi.server.agents.LinkServer;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Write;
import yunqi.server.store.Written;
import yunqi.server.streams.Streams;
import yunqi.server.tls.Authority;

/** A server's end of the link on a free port, and hosts that join it. The clock is a test's to turn. */
final class TwoEnds implements AutoCloseable {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    final Clock clock = now::get;
    final MemoryStore store = new MemoryStore(clock);
    final HostLink link = new HostLink(store, clock);
    final Streams streams = new Streams();
    final Authority authority;
    final LinkServer server;
    final Joins joins;
    private final Path folder;

    TwoEnds(Path folder, URI registry) throws Exception {
        this.folder = folder;
        this.authority = Authority.open(folder.resolve("ca"), clock);
        this.server = new LinkServer(
                new LinkServer.Place("127.0.0.1", 0, List.of("localhost", "127.0.0.1"), registry),
                authority,
                store,
                link,
                streams,
                new LinkServer.Self(Release.OURS, clock));
        Link.Site site = new Link.Site("https://127.0.0.1:" + server.port(), "ssl:127.0.0.1:7445");
        this.joins = new Joins(store, authority, link, site, clock);
    }

    void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    String token(Duration life) {
        String secret = UUID.randomUUID().toString();
        Meta meta = new Meta(
                UUID.randomUUID(),
                Optional.empty(),
                JoinToken.name(secret),
                Labels.NONE,
                1,
                0,
                0,
                0,
                clock.now(),
                Optional.empty());
        JoinToken token = new JoinToken(
                JoinToken.hash(secret), JoinToken.JOIN, clock.now().plus(life));
        done(new Write.Create(
                new Row(JoinToken.KIND, meta, Wire.write(token), Row.EMPTY, Row.EMPTY, Optional.empty())));
        return secret;
    }

    Identity identity(String name) {
        return new Identity(folder.resolve(name));
    }

    /** Joins as the API would have it, and gives back the host. */
    HostId join(String name) throws Exception {
        return join(name, identity(name));
    }

    HostId join(String name, Identity identity) throws Exception {
        Joins.Outcome outcome =
                joins.join(new Link.JoinRequest(token(Duration.ofMinutes(5)), new Name(name), identity.request()));
        assertThat(outcome).isInstanceOf(Joins.Outcome.Joined.class);
        if (outcome instanceof Joins.Outcome.Joined(Link.JoinReply reply)) {
            identity.keep(reply);
            return reply.host();
        }
        throw new AssertionError("not joined");
    }

    HttpServerLink dial(String name) throws Exception {
        return dial(name, Release.OURS);
    }

    /** As an agent of that release. */
    HttpServerLink dial(String name, Release release) throws Exception {
        Identity identity = identity(name);
        return new HttpServerLink(
                URI.create(identity.joined().orElseThrow().site().link()), identity, release);
    }

    UUID instanceOn(HostId host, String name) {
        return instanceOn(
                host,
                name,
                spec(List.of()),
                decided(
                        host,
                        new ImagePlan(ImageType.CONTAINER, "library/busybox", new Digest("sha256:" + "ab".repeat(32))),
                        List.of()));
    }

    UUID instanceOn(HostId host, String name, InstanceSpec spec, InstanceDecided decided) {
        UUID id = UUID.randomUUID();
        Meta meta = new Meta(
                id,
                Optional.of(new Name("demo")),
                new Name(name),
                Labels.NONE,
                1,
                0,
                0,
                0,
                clock.now(),
                Optional.empty());
        done(new Write.Create(
                new Row(InstanceTable.KIND, meta, Wire.write(spec), Row.EMPTY, Row.EMPTY, Optional.empty())));
        done(new Write.Decide(id, 1, 0, Wire.write(decided), Optional.of(host.value())));
        return id;
    }

    void done(Write write) {
        assertThat(store.write(List.of(write))).isInstanceOf(Written.Done.class);
    }

    static InstanceSpec spec(List<String> command) {
        return new InstanceSpec(
                ImageType.CONTAINER,
                new Name("busybox"),
                new Name("small"),
                List.of(new InstanceSpec.Nic(new Name("default"), Optional.empty())),
                true,
                RestartPolicy.ALWAYS,
                command,
                new TreeMap<>(),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                Optional.empty(),
                0);
    }

    InstanceDecided decided(HostId host, ImagePlan image, List<NicPlan> nics) {
        return new InstanceDecided(
                Optional.of(host),
                1,
                Optional.of(new FlavorSpec(1, Bytes.mebibytes(128), Bytes.gibibytes(1))),
                Optional.of(new InstanceDecided.Chosen(new Name("busybox"), image, false, false)),
                nics,
                Optional.of(clock.now()),
                "",
                Optional.empty());
    }

    @Override
    public void close() {
        server.close();
        streams.close();
        store.close();
    }
}

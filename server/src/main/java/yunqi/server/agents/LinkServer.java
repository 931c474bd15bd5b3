package yunqi.server.agents;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.host.HostId;
import yunqi.core.wire.Api;
import yunqi.core.wire.Link;
import yunqi.core.wire.Release;
import yunqi.core.wire.Wire;
import yunqi.server.crowd.Limits;
import yunqi.server.crowd.Visitors;
import yunqi.server.host.HostTable;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;
import yunqi.server.streams.Streams;
import yunqi.server.streams.WebSockets;
import yunqi.server.tls.Authority;

/**
 * The listener that agents dial: HTTPS, where the client proves by a certificate of our authority which host it is. What a host says is of
 * no effect on other hosts, whatever it sends.
 */
public final class LinkServer implements AutoCloseable {
    /** How long an agent's question is held open when there is nothing new. */
    static final Duration POLL = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(LinkServer.class);
    private static final long BODY_LIMIT = 16L << 20; // a full report of 10,000 instances is a third of this
    private static final Duration IDLE = Duration.ofSeconds(90); // three polls
    private static final Duration BETWEEN = Duration.ofSeconds(110); // nor a head or handshake that drips in
    private static final int CONNECTIONS = 8_192; // three of each host and its streams
    private static final int FROM_ONE = 2_048; // hosts may sit behind one address
    private static final Duration PAUSE = Duration.ofSeconds(1); // before the store is asked again that didn't answer
    private static final String HOST = "yunqi.host";

    private final HostLink link;
    private final Streams streams;
    private final Store store;
    private final Authority authority;
    private final RegistryProxy registry;
    private final Release ours;
    private final Neighbours neighbours;
    private final Visitors visitors = new Visitors(FROM_ONE, BETWEEN);
    private final Javalin http;
    private final Thread follower;

    /** Where to listen, under which names it is reached, and where the registry is. Port 0 is any free one. */
    public record Place(String listen, int port, List<String> names, URI registry) {
        public Place {
            names = List.copyOf(names);
        }
    }

    /** Which release it is, and what time it is. */
    public record Self(Release release, Clock clock) {}

    public LinkServer(Place place, Authority authority, Store store, HostLink link, Streams streams, Self self) {
        this.ours = self.release();
        this.neighbours = new Neighbours(store, self);
        this.link = link;
        this.streams = streams;
        this.store = store;
        this.authority = authority;
        this.registry = new RegistryProxy(place.registry());
        this.http = Javalin.create(config -> {
                    config.jetty.addConnector((server, plain) -> connector(server, plain, place, authority));
                    config.jetty.modifyServer(
                            server -> server.addBean(new NetworkConnectionLimit(CONNECTIONS, server)));
                    configure(config);
                })
                .start();
        this.follower = Thread.ofVirtual().name("link-follow").start(this::follow);
    }

    /** The port that it listens at. */
    public int port() {
        return http.port();
    }

    private Connector connector(Server server, HttpConfiguration plain, Place place, Authority authority) {
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(authority.link(place.names()));
        tls.setNeedClientAuth(true);
        HttpConfiguration secure = new HttpConfiguration(plain);
        // Agents dial addresses as well as names, which SNI doesn't carry; the certificate is checked by the agent.
        secure.addCustomizer(new SecureRequestCustomizer(false));
        secure.addCustomizer(visitors);
        secure.setSendServerVersion(false);
        ServerConnector connector = new ServerConnector(
                server,
                null,
                null,
                Limits.buffers(),
                -1,
                -1,
                new SslConnectionFactory(tls, "http/1.1"),
                new HttpConnectionFactory(secure));
        connector.setHost(place.listen());
        connector.setPort(place.port());
        connector.setIdleTimeout(IDLE.toMillis());
        connector.addBean(visitors);
        return connector;
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.concurrency.useVirtualThreads = true;
        config.http.maxRequestSize = BODY_LIMIT;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.routes.before("/v1/link/*", this::identify);
        config.routes.get("/v1/link/assignments", this::assignments);
        config.routes.post("/v1/link/observations", this::observations);
        config.routes.get("/v1/link/streams", this::streams);
        config.routes.post("/v1/link/certificate", this::certificate);
        config.routes.get("/v1/link/registry/v2/*", registry::get);
        config.routes.wsBeforeUpgrade("/v1/link/streams/{ticket}", this::identify);
        config.routes.ws(
                "/v1/link/streams/{ticket}",
                route -> WebSockets.carry(
                        route,
                        (context, side) ->
                                streams.host(host(context.attribute(HOST)), context.pathParam("ticket"), side)));
        config.routes.exception(
                Refusal.class, (refusal, context) -> problem(context, refusal.status, refusal.code, refusal));
        config.routes.exception(BadValue.class, (bad, context) -> problem(context, 422, "bad-value", bad));
        config.routes.exception(
                StoreUnavailable.class, (away, context) -> problem(context, 503, "store-unavailable", away));
        config.routes.exception(Exception.class, (fault, context) -> {
            LOG.error("{} {} failed", context.method(), context.path(), fault);
            problem(context, 500, "fault", new IllegalStateException("the server has a fault; its log says more"));
        });
    }

    /** Which host it is, and that it hasn't been removed: certificates are not revoked, rows are. */
    private void identify(Context context) {
        X509Certificate[] chain = context.req().getAttribute("jakarta.servlet.request.X509Certificate")
                        instanceof X509Certificate[] certificates
                ? certificates
                : new X509Certificate[0];
        Optional<UUID> id = chain.length == 0 ? Optional.empty() : Authority.host(chain[0]);
        if (id.isEmpty()) {
            throw new Refusal(403, "not-a-host", "the certificate is not one of a host");
        }
        if (store.get(id.get()).filter(row -> row.kind().equals(HostTable.KIND)).isEmpty()) {
            throw new Refusal(403, "host-removed", "this host was removed from the site; let it join anew");
        }
        context.header(Release.HEADER, ours.header());
        Optional<String> apart = neighbours.apart(id.get(), Release.told(context.header(Release.HEADER)));
        if (apart.isPresent()) {
            throw new Refusal(403, "release-apart", apart.get());
        }
        context.attribute(HOST, new HostId(id.get()));
    }

    private static HostId host(@org.jspecify.annotations.Nullable HostId attribute) {
        if (attribute == null) {
            throw new IllegalStateException("a request passed without being identified");
        }
        return attribute;
    }

    private void assignments(Context context) throws InterruptedException {
        HostId host = host(context.attribute(HOST));
        long after = number(context, "after", 0, Long.MAX_VALUE);
        long end = System.nanoTime() + longest(context).toNanos();
        Optional<Link.Assignments> news = link.assignments(host, after);
        while (news.isEmpty()) {
            Duration rest = Duration.ofNanos(end - System.nanoTime());
            if (!rest.isPositive()) {
                context.status(204);
                return;
            }
            link.await(host, rest);
            news = link.assignments(host, after);
        }
        json(context, news.get());
    }

    private void observations(Context context) {
        HostId host = host(context.attribute(HOST));
        // A host may be a version ahead of us: what we don't know of is not for us.
        json(context, link.observe(host, read(context, Link.Observation.class)));
    }

    private void streams(Context context) throws InterruptedException {
        json(context, new Link.Streams(streams.next(host(context.attribute(HOST)), longest(context))));
    }

    private void certificate(Context context) {
        Link.CertificateRequest request = read(context, Link.CertificateRequest.class);
        HostId host = host(context.attribute(HOST));
        json(
                context,
                new Link.CertificateReply(
                        authority.sign(request.certificateRequest(), host.value()), authority.certificate()));
    }

    private void follow() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                try {
                    link.follow(POLL);
                } catch (StoreUnavailable e) {
                    LOG.warn("the store doesn't answer: {}", e.getMessage());
                    Thread.sleep(PAUSE);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Duration longest(Context context) {
        return Duration.ofSeconds(number(context, "wait", POLL.toSeconds(), POLL.toSeconds()));
    }

    private static long number(Context context, String name, long otherwise, long most) {
        String text = context.queryParam(name);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw new BadValue(name, "'" + text + "' is not a number");
        }
        return Math.min(Long.parseLong(text), most);
    }

    private static <T> T read(Context context, Class<T> type) {
        try {
            return Wire.lenient().readValue(context.bodyAsBytes(), type);
        } catch (java.io.IOException e) {
            throw new Refusal(400, "bad-json", "the body is not a " + type.getSimpleName());
        }
    }

    private static void json(Context context, Object value) {
        context.contentType("application/json").result(Wire.write(value));
    }

    private static void problem(Context context, int status, String code, Exception why) {
        Api.Problem problem = new Api.Problem(
                "urn:yunqi:problem:" + code,
                code,
                status,
                code,
                Optional.empty(),
                String.valueOf(why.getMessage()),
                Optional.empty(),
                "");
        context.status(status).contentType("application/problem+json").result(Wire.write(problem));
    }

    @Override
    public void close() {
        follower.interrupt();
        http.stop();
        visitors.close();
    }

    /** A request that is answered with no. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int status;
        private final String code;

        Refusal(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }
}

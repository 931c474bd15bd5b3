package yunqi.server.http;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpVersion;
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
import yunqi.core.audit.Outcome;
import yunqi.core.audit.What;
import yunqi.core.audit.Who;
import yunqi.server.audit.AuditTrail;
import yunqi.server.crowd.JettyErrors;
import yunqi.server.crowd.Limits;
import yunqi.server.crowd.Origin;
import yunqi.server.crowd.Patience;
import yunqi.server.crowd.Shares;
import yunqi.server.crowd.Visitors;
import yunqi.server.store.StoreUnavailable;
import yunqi.server.streams.Streams;
import yunqi.server.streams.WebSockets;

/**
 * The API's listener: HTTPS, one virtual thread for each request, everything bounded. It knows routes, not kinds; Javalin and Jetty are known
 * only in this package.
 */
public final class Http implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Http.class);

    private static final int HEADER_LIMIT = 16 * 1024; // tokens and tracing headers fit several times
    private static final int ACCEPTED_AT_ONCE = 1_024; // that wait to be taken up; a flood makes honest ones wait less
    private static final Set<String> READS = Set.of("GET", "HEAD");

    /** Where to listen; port 0 takes any free one. */
    public record Listen(String address, int port, SSLContext tls) {}

    /** What is served. */
    public record Table(List<Route> routes, List<Route.Socket> sockets, List<Mount> mounts) {
        public Table {
            routes = List.copyOf(routes);
            sockets = List.copyOf(sockets);
            mounts = List.copyOf(mounts);
        }
    }

    /** What is kept of requests: figures of all, and who did what. */
    public record Books(Measures measures, AuditTrail audit) {}

    private final Patience patience = new Patience();
    private final Answers answers;
    private final Bodies bodies;
    private final Limits limits;
    private final Visitors visitors;
    private final Javalin javalin;
    private final Table table;
    private final Admission admission;
    private final Books books;
    private final Semaphore requests;
    private final Shares watchers;
    private final Set<Thread> streaming = ConcurrentHashMap.newKeySet();

    public Http(Listen listen, Table table, Doorkeeper doorkeeper, Books books) {
        this(listen, table, doorkeeper, books, Limits.USUAL);
    }

    Http(Listen listen, Table table, Doorkeeper doorkeeper, Books books, Limits limits) {
        this.table = table;
        this.admission = new Admission(doorkeeper);
        this.books = books;
        this.limits = limits;
        this.requests = new Semaphore(limits.requests(), true);
        this.watchers = new Shares(limits.watchers(), Math.ceilDiv(limits.watchers(), 2));
        this.visitors = new Visitors(Math.ceilDiv(limits.connections(), 4), limits.between());
        Shares memory = new Shares(limits.memory(), limits.memory() / 4);
        this.answers = new Answers(patience, memory, limits);
        this.bodies = new Bodies(patience, memory, limits.body());
        this.javalin = Javalin.create(config -> configure(config, listen));
    }

    /** Starts to listen. Throws {@link IOException} with what to do if the port is taken. */
    public void start() throws IOException {
        try {
            javalin.start();
        } catch (RuntimeException e) {
            throw new IOException("the API cannot listen: " + e.getMessage(), e);
        }
    }

    /** The port that is listened on. */
    public int port() {
        return javalin.port();
    }

    @Override
    public void close() {
        streaming.forEach(Thread::interrupt);
        javalin.stop();
        visitors.close();
        patience.close();
    }

    private void configure(JavalinConfig config, Listen listen) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.concurrency.useVirtualThreads = true;
        config.http.prefer405over404 = true;
        config.http.compressionStrategy = CompressionStrategy.NONE; // answers hold secrets beside chosen text (BREACH)
        config.jetty.addConnector((server, _) -> connector(server, listen));
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(new JettyErrors());
            NetworkConnectionLimit most = new NetworkConnectionLimit(limits.connections(), server);
            most.setEndPointIdleTimeout(Limits.CROWDED.toMillis());
            server.addBean(most);
        });
        config.jetty.modifyServletContextHandler(handler -> handler.setErrorHandler(new JettyErrors()));
        config.jetty.modifyWebSocketServletFactory(factory -> {
            factory.setMaxBinaryMessageSize(Streams.FRAME_LIMIT);
            factory.setMaxTextMessageSize(1); // nothing is said in text
        });
        for (Route route : table.routes()) {
            config.routes.addHttpHandler(
                    HandlerType.findOrCreate(route.method().name()), route.path(), context -> serve(route, context));
            if (route.method() == Route.Method.GET) {
                config.routes.addHttpHandler(HandlerType.HEAD, route.path(), context -> serve(route, context));
            }
        }
        for (Route.Socket route : table.sockets()) {
            config.routes.ws(
                    route.path(),
                    socket -> WebSockets.carry(
                            socket, (context, side) -> route.opening().open(context.pathParam("ticket"), side)));
        }
        for (Mount mount : table.mounts()) {
            for (String method : mount.methods()) {
                HandlerType type = HandlerType.findOrCreate(method);
                config.routes.addHttpHandler(type, mount.prefix(), context -> serve(mount, context));
                config.routes.addHttpHandler(type, mount.prefix() + "<rest>", context -> serve(mount, context));
            }
        }
        config.routes.exception(HttpResponseException.class, this::unmatched);
        config.routes.exception(Exception.class, (trouble, context) -> {
            String id = newId();
            answers.send(context, Problems.reply(trouble, id), id);
        });
    }

    private Connector connector(Server server, Listen listen) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADER_LIMIT);
        // Users reach us by any address; the certificate's names are for them to check.
        http.addCustomizer(new SecureRequestCustomizer(false));
        http.addCustomizer(visitors);
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(listen.tls());
        tls.setIncludeProtocols("TLSv1.2", "TLSv1.3");
        tls.setSniRequired(false);
        ServerConnector connector = new ServerConnector(
                server,
                null,
                null,
                Limits.buffers(),
                -1,
                -1,
                new SslConnectionFactory(tls, HttpVersion.HTTP_1_1.asString()),
                new HttpConnectionFactory(http));
        connector.setHost(listen.address());
        connector.setPort(listen.port());
        connector.setAcceptQueueSize(ACCEPTED_AT_ONCE);
        connector.setIdleTimeout(limits.idle().toMillis());
        connector.addBean(visitors);
        return connector;
    }

    private void serve(Route route, Context context) {
        long began = System.nanoTime();
        String id = newId();
        String method = route.method().name();
        AuditTrail.Deed deed = books.audit.deed(new AuditTrail.Request(
                id, context.ip(), () -> What.of(method, route.path(), context::pathParam), route.recorded()));
        Place place = new Place(requests);
        Reply reply;
        try {
            place.take();
            try {
                reply = handle(route, new HttpRequest(context, bodies, place), id, deed);
            } finally {
                place.leave();
            }
            deed.ends(Outcome.accepted(reply.status()));
        } catch (Exception e) {
            reply = refusal(e, id, deed);
        }
        int status = reply.status();
        if (reply.body() instanceof Reply.Body.Streamed streamed
                && !context.req().getMethod().equals("HEAD")) {
            status = stream(context, reply, streamed, id);
        } else {
            answers.send(context, reply, id);
        }
        books.measures.record(method, route.path(), status, System.nanoTime() - began);
    }

    /** The answer to trouble, once the audit has it too. */
    private static Reply refusal(Exception trouble, String id, AuditTrail.Deed deed) {
        Refused refused = Problems.refusal(trouble, id);
        try {
            deed.ends(Outcome.refused(refused.status(), refused.code(), refused.field()));
        } catch (StoreUnavailable | InterruptedException e) {
            refused = Problems.refusal(e, id);
        }
        return Problems.reply(refused, id);
    }

    private static Who who(Caller caller, String from) {
        return new Who(
                caller.name().value(),
                caller.token().map(Caller.Token::id),
                caller.token().map(Caller.Token::label),
                from);
    }

    private Reply handle(Route route, Request request, String id, AuditTrail.Deed deed)
            throws IOException, InterruptedException {
        Caller caller = challenged(
                "Bearer, Basic realm=\"yunqi\"",
                () -> admission.admit(route, request, known -> deed.asks(who(known, request.from()))));
        for (String name : request.queries()) {
            if (!route.form().queries().containsKey(name)) {
                throw Refused.unfit(
                        "bad-value",
                        name.isEmpty() ? "query" : name,
                        name.isEmpty() ? "has a parameter without a name" : "is not a parameter here",
                        route.form().queries().isEmpty()
                                ? "there are none"
                                : "known are " + route.form().queries().keySet());
            }
        }
        deed.begins();
        Runnable again = admission.again(route, request);
        return route.handler().handle(new Call(request, id, caller, again, heard(deed)));
    }

    private static Call.Deed heard(AuditTrail.Deed deed) {
        return new Call.Deed() {
            @Override
            public void about(String name) {
                deed.about(name);
            }

            @Override
            public void did(String name, Outcome outcome) {
                deed.did(name, outcome);
            }
        };
    }

    private static Caller challenged(String challenge, Supplier<Caller> admission) {
        try {
            return admission.get();
        } catch (Refused refused) {
            throw refused.status() == 401 ? refused.with("WWW-Authenticate", challenge) : refused;
        }
    }

    private void serve(Mount mount, Context context) {
        long began = System.nanoTime();
        String id = newId();
        String method = context.req().getMethod();
        AuditTrail.Deed deed = books.audit.deed(new AuditTrail.Request(
                id, context.ip(), () -> mount.what(method, context.path()), !READS.contains(method)));
        try {
            String authorization =
                    Optional.ofNullable(context.header("Authorization")).orElse("");
            for (Mount.Need need : mount.gate().needs(context.req())) {
                // Registries' clients take a Bearer challenge for a token service of their own kind; with Basic they
                // send the token.
                challenged("Basic realm=\"yunqi\"", () -> {
                    admission.admit(need, authorization, known -> deed.asks(who(known, context.ip())));
                    return Caller.NOBODY;
                });
            }
            deed.begins();
            deed.sure(); // first: the answer is sent before we hear of it
            mount.handler().handle(context.req(), context.res());
            deed.ends(outcome(context.res().getStatus()));
            answers.linger(context.req());
        } catch (Exception e) {
            if (context.res().isCommitted()) {
                LOG.info("request {}: the other end is gone: {}", id, e.toString());
                refusal(new Refused(499, "hung-up", "the other end is gone", ""), id, deed);
            } else {
                answers.send(context, refusal(e, id, deed), id);
            }
        }
        books.measures.record(method, mount.prefix(), context.res().getStatus(), System.nanoTime() - began);
    }

    /** Of an answer that another made, of which only its status is known. */
    private static Outcome outcome(int status) {
        return status < 400 ? Outcome.accepted(status) : Outcome.refused(status, "relayed", Optional.empty());
    }

    /** What no route answers: an unknown path, a known one with another method. */
    private void unmatched(HttpResponseException trouble, Context context) {
        String id = newId();
        String path = context.path();
        Set<String> allowed = new TreeSet<>();
        table.routes().stream()
                .filter(route -> matches(route.path(), path))
                .forEach(route -> allowed.add(route.method().name()));
        Refused refused;
        if (trouble.getStatus() == 405 || !allowed.isEmpty()) {
            String methods = String.join(", ", allowed);
            refused = new Refused(
                            405,
                            "method-not-allowed",
                            context.req().getMethod() + " is not done here",
                            "use " + methods)
                    .with("Allow", methods);
        } else if (trouble.getStatus() == 404) {
            refused = new Refused(404, "no-such-path", "there is no " + path, "GET /v1/openapi.json lists all paths");
        } else {
            refused = new Refused(trouble.getStatus(), "bad-request", String.valueOf(trouble.getMessage()), "");
        }
        answers.send(context, Problems.reply(refused, id), id);
        books.measures.record("OTHER", "unmatched", refused.status(), 0);
    }

    private static boolean matches(String pattern, String path) {
        return path.matches(pattern.replaceAll("\\{[a-z]+}", "[^/]+"));
    }

    private int stream(Context context, Reply reply, Reply.Body.Streamed streamed, String id) {
        String from = Origin.of(context.ip());
        if (!watchers.take(from, 1)) {
            Refused refused = new Refused(
                            429,
                            "too-many-watchers",
                            "as many streams are open as this server holds",
                            "try again in 5 s")
                    .with("Retry-After", "5");
            answers.send(context, Problems.reply(refused, id), id);
            return refused.status();
        }
        streaming.add(Thread.currentThread());
        try {
            Answers.head(context, reply, id);
            context.res().setContentType(streamed.contentType());
            OutputStream out = answers.hurried(context.res().getOutputStream());
            out.flush();
            streamed.writer().write(out);
        } catch (IOException e) {
            LOG.debug("request {}: the watcher is gone: {}", id, e.toString());
        } catch (Refused e) {
            LOG.debug("request {}: the stream ends with the right to it: {}", id, e.getMessage());
        } catch (StoreUnavailable e) {
            LOG.warn("request {}: the stream ends, the store does not answer: {}", id, e.getMessage());
        } catch (InterruptedException e) {
            LOG.debug("request {}: the stream ends, the server stops", id);
            Thread.currentThread().interrupt();
        } finally {
            streaming.remove(Thread.currentThread());
            watchers.give(from, 1);
        }
        return reply.status();
    }

    private static String newId() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}

package yunqi.server.instance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.host.HostId;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.Instances;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Link;
import yunqi.server.http.Call;
import yunqi.server.http.Declarations;
import yunqi.server.http.Refused;
import yunqi.server.http.Reply;
import yunqi.server.http.Right;
import yunqi.server.http.Route;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.streams.Streams;
import yunqi.server.streams.TooManyStreams;

/** Instances: what all kinds have, and restarting, looking into and running commands in them. */
public final class InstanceRoutes {
    private static final String STREAMS = "/v1/streams/";
    private static final int WORD_LIMIT = 1_000; // words of a command; its bytes are bounded by the body

    private final Declarations<InstanceSpec, Api.InstanceStatus> declarations;
    private final Streams streams;
    private final InstanceExplanation explanation;
    private final Clock clock;

    public InstanceRoutes(Store store, Clock clock, Streams streams) {
        this.declarations = new Declarations<>(store, clock, new InstanceRules(store, clock));
        this.streams = streams;
        this.explanation = new InstanceExplanation(store);
        this.clock = clock;
    }

    public List<Route> routes() {
        String one = Kind.INSTANCE.path("{project}") + "/{name}";
        List<Route> routes = new ArrayList<>(declarations.routes());
        routes.add(declarations.many());
        routes.add(Route.post(Right.MEMBER, one + "/restart", "Restarts an instance once", this::restart)
                .gives(200, itemType(routes)));
        routes.add(Route.post(
                        Right.MEMBER, one + "/exec", "Runs a command inside; open the url as a WebSocket", this::exec)
                .takes(Api.ExecRequest.class)
                .gives(201, Api.Ticket.class));
        routes.add(Route.post(
                        Right.MEMBER, one + "/console", "Opens the console; open the url as a WebSocket", this::console)
                .gives(201, Api.Ticket.class));
        routes.add(Route.post(
                        Right.VIEWER, one + "/logs", "Reads what it printed; open the url as a WebSocket", this::logs)
                .takes(Api.LogsRequest.class)
                .gives(201, Api.Ticket.class));
        routes.add(Route.get(
                        Right.VIEWER,
                        one + "/explanation",
                        "Says why it is where it is, and why not elsewhere",
                        this::explain)
                .gives(200, Api.Explanation.class));
        return List.copyOf(routes);
    }

    private Reply explain(Call call) {
        return Reply.ok(explanation.of(InstanceTable.read(declarations.find(call)), call.caller(), clock.now()));
    }

    /** Where a ticket is used. */
    public Route.Socket socket() {
        return new Route.Socket(
                STREAMS + "{ticket}", "The stream that a ticket stands for; once, within 30 s", streams::user);
    }

    private static java.lang.reflect.Type itemType(List<Route> routes) {
        return routes.stream()
                .filter(route -> route.method() == Route.Method.PUT)
                .findFirst()
                .flatMap(route -> route.form().response())
                .orElseThrow();
    }

    private Reply restart(Call call) {
        Row row = declarations.change(call, before -> {
            InstanceSpec spec = InstanceTable.read(before).spec();
            if (!spec.running()) {
                throw Refused.conflict(
                        "not-running", "the instance is stopped", "start it with 'yunqi instance start'");
            }
            // More than its host ever heard of: the database may have forgotten some.
            long done = InstanceTable.read(before)
                    .seen()
                    .map(InstanceSeen::restarts)
                    .orElse(0L);
            return spec.withRestarts(Math.max(spec.restarts(), done) + 1);
        });
        return Reply.ok(declarations.item(row, call.caller()));
    }

    private Reply exec(Call call) throws IOException {
        Api.ExecRequest request = call.read(Api.ExecRequest.class);
        if (request.command().isEmpty() || request.command().size() > WORD_LIMIT) {
            throw new BadValue(
                    "command", request.command().size() + " words: 1 to " + WORD_LIMIT + ", such as [\"uptime\"]");
        }
        return ticket(
                call,
                true,
                instance -> new Streams.Ask(
                        Link.StreamKind.EXEC,
                        instance,
                        request.command(),
                        request.terminal().orElse(false),
                        0,
                        false));
    }

    private Reply console(Call call) {
        return ticket(
                call, true, instance -> new Streams.Ask(Link.StreamKind.CONSOLE, instance, List.of(), true, 0, false));
    }

    private Reply logs(Call call) throws IOException {
        Api.LogsRequest request =
                call.read(Api.LogsRequest.class, new Api.LogsRequest(Optional.empty(), Optional.empty()));
        return ticket(
                call,
                false,
                instance -> new Streams.Ask(
                        Link.StreamKind.LOGS,
                        instance,
                        List.of(),
                        false,
                        request.tail().orElse(-1),
                        request.follow().orElse(false)));
    }

    private Reply ticket(Call call, boolean mustRun, java.util.function.Function<java.util.UUID, Streams.Ask> ask) {
        Row row = declarations.find(call);
        Instance instance = InstanceTable.read(row);
        Api.InstanceStatus status = declarations.item(row, call.caller()).status();
        HostId host = instance.decided()
                .host()
                .orElseThrow(() -> Refused.conflict("not-running", "it is on no host yet: " + status.message(), ""));
        if (status.state().equals("unknown")) {
            throw Refused.conflict("host-unreachable", status.message(), "try again when the host is back");
        }
        Optional<InstanceSeen> seen = Instances.current(instance);
        if (mustRun && seen.filter(now -> now.phase() == Phase.RUNNING).isEmpty()) {
            throw Refused.conflict(
                    "not-running", "it does not run: " + status.message(), "wait until it runs, or start it");
        }
        try {
            String ticket = streams.request(host, ask.apply(row.id()), call.allowed());
            return Reply.json(201, new Api.Ticket(ticket, STREAMS + ticket));
        } catch (TooManyStreams full) {
            throw Refused.later("too-many-streams", String.valueOf(full.getMessage()), 5);
        }
    }
}

package yunqi.cli.site;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import yunqi.cli.api.Api;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.core.wire.Kind;

/**
 * Puts this build in the place of the one that server and agent of this machine run from, and that one back if this one does not work. Nothing that an instance needs is touched: engines
 * and instances are no children of either. First the database, while the old server still serves; then the server, which talks to agents of the release before; then the agent.
 */
final class Upgrade {
    private static final int MIGRATION_SECONDS = 45 * 60; // a statement may take 30 minutes
    private static final Duration CONNECTS = Duration.ofMinutes(2); // the agent's engines are up already
    private static final int ENDS = 2; // an agent that ended twice while it was waited for will not come up by waiting
    private static final int LINES = 6;

    private final Root root;
    private final Launch launch;
    private final Keeper keeper;
    private final Steps steps;
    private final Builds builds;
    private final Optional<Path> before;
    private final boolean other;

    Upgrade(Root root, Launch launch, Keeper keeper, Steps steps) throws IOException {
        this.root = root;
        this.launch = launch;
        this.keeper = keeper;
        this.steps = steps;
        this.builds = new Builds(root);
        Optional<Path> ran = keeper.jars(ServerProcess.NAME).filter(this::another);
        this.before = ran.isPresent() ? ran : builds.before(launch.jars());
        this.other = ran.isPresent() || builds.current().filter(this::another).isPresent();
    }

    private boolean another(Path jars) {
        return !jars.equals(launch.jars());
    }

    private String fresh() {
        return Builds.name(launch.jars());
    }

    /** Starts the server from this build; as it was before if that fails, with the cause as the trouble. */
    ServerProcess server(Settings settings, boolean asRoot) throws IOException, InterruptedException {
        ServerProcess server = new ServerProcess(root, launch, keeper);
        boolean replaces = other && before.isPresent() && Files.exists(root.serverConfig());
        Settings settingsBefore = replaces ? Settings.of(root, Settings.Said.NOTHING) : settings;
        if (replaces) {
            steps.done("build " + fresh() + " takes the place of " + Builds.name(before.orElseThrow())
                    + "; what runs goes on running");
            migrate(server, asRoot);
        }
        steps.doing("starting the server");
        try {
            server.start(settings, asRoot);
        } catch (Trouble e) {
            if (!replaces) {
                throw e;
            }
            throw back(settingsBefore, asRoot, e);
        }
        builds.use(launch.jars());
        return server;
    }

    /** By the new build, beside the old server. */
    private void migrate(ServerProcess server, boolean asRoot) throws IOException {
        steps.doing("bringing the database up to date");
        Shell.Result result = Shell.run(MIGRATION_SECONDS, Map.of(), launch.server(root, "migrate", asRoot));
        Files.writeString(root.log().resolve("migrate.log"), result.output());
        if (!result.good()) {
            throw Trouble.failed("build " + fresh() + " is not put in place"
                    + (server.running() ? ", and build " + Builds.name(before.orElseThrow()) + " goes on serving" : "")
                    + ": "
                    + Surroundings.line(result.lastLine()));
        }
        steps.done("the database is up to date" + (server.running() ? "; the old server still serves" : ""));
    }

    private Trouble back(Settings settings, boolean asRoot, Trouble why) throws IOException, InterruptedException {
        String old = Builds.name(before.orElseThrow());
        steps.doing("build " + fresh() + " does not come up; starting build " + old + " again");
        try {
            new ServerProcess(root, new Launch(launch.jdk(), before.orElseThrow()), keeper).start(settings, asRoot);
        } catch (Trouble also) {
            return Trouble.failed("neither build " + fresh() + " nor " + old + ", which ran before, comes up: "
                    + why.getMessage() + "\n  build " + old + ": " + also.getMessage());
        }
        return Trouble.failed(
                "build " + fresh() + " does not come up, and build " + old + " was started again: " + why.getMessage());
    }

    /** Starts the agent from this build, and waits until the server hears it; as it was before if it does not connect. */
    void agent(Api api, HostAgent agent) throws IOException, InterruptedException {
        agent(agent, () -> connected(api));
    }

    /** The same on a machine that joined, where only the agent itself can say whether it works. */
    void agent(HostAgent agent) throws IOException, InterruptedException {
        long since = keeper.logLength(HostAgent.NAME);
        agent(agent, () -> keeper.said(HostAgent.NAME, since, HostAgent.SERVES));
    }

    private void agent(HostAgent agent, BooleanSupplier connected) throws IOException, InterruptedException {
        long since = keeper.logLength(HostAgent.NAME);
        Optional<Path> ran = keeper.jars(HostAgent.NAME).filter(this::another);
        agent.start();
        if (ran.isEmpty()) {
            return;
        }
        steps.doing("waiting for the agent of build " + fresh());
        boolean[] ended = {false};
        boolean done = Keeper.until(CONNECTS, () -> {
            ended[0] = keeper.ends(HostAgent.NAME, since) >= ENDS;
            return ended[0] || connected.getAsBoolean();
        });
        if (done && !ended[0]) {
            steps.done("the agent of build " + fresh() + " is connected");
            return;
        }
        String said = keeper.lastLines(HostAgent.NAME, since, LINES);
        String old = Builds.name(ran.get());
        new HostAgent(root, new Launch(launch.jdk(), ran.get()), keeper).start();
        throw Trouble.failed("the agent of build " + fresh() + " does not connect, and that of build " + old
                + " was started again. The end of " + keeper.log(HostAgent.NAME) + ":\n  "
                + said);
    }

    /** True if a host of this build reports. Only this machine's can be of it: others are brought up to date after this one. */
    private boolean connected(Api api) {
        try {
            JsonNode hosts = api.list(Kind.HOST.path(""), new TreeMap<>());
            for (JsonNode host : hosts.path("items")) {
                if (host.at("/status/facts/agentVersion").asText().endsWith("+" + fresh())) {
                    return true;
                }
            }
            return false;
        } catch (Trouble notYet) {
            return false;
        }
    }
}

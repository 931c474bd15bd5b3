package yunqi.cli.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import yunqi.cli.api.Api;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;

/** The server of this machine: its settings, its process, and waiting until it answers. */
final class ServerProcess {
    private static final Duration ANSWERS = Duration.ofMinutes(2); // the first start unpacks and sets up a database
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int ENDS = 2; // a server that ended twice while it was waited for will not come up by waiting
    private static final int LINES = 6;
    private static final int DOWN_SECONDS = 120;
    static final String NAME = "server";

    private final Root root;
    private final Launch launch;
    private final Keeper keeper;

    ServerProcess(Root root, Launch launch, Keeper keeper) {
        this.root = root;
        this.launch = launch;
        this.keeper = keeper;
    }

    boolean running() {
        return keeper.running(NAME);
    }

    void start(Settings settings, boolean asRoot) throws IOException, InterruptedException {
        if (!Files.exists(root.serverConfig())
                || !Files.readString(root.serverConfig()).equals(settings.text())) {
            Files.writeString(root.serverConfig(), settings.text());
            if (asRoot) {
                Shell.run(
                        "chown",
                        Account.NAME + ":" + Account.NAME,
                        root.serverConfig().toString());
            }
        }
        long before = keeper.logLength(NAME);
        keeper.ensure(NAME, launch.server(root, "run", asRoot), settings.text());
        await(settings, before);
    }

    private void await(Settings settings, long before) throws InterruptedException {
        Instant deadline = Instant.now().plus(ANSWERS);
        while (!answers(settings)) {
            boolean late = Instant.now().isAfter(deadline);
            if (late || keeper.ends(NAME, before) >= ENDS) {
                keeper.stop(NAME);
                throw Trouble.failed(
                        "the server does not come up" + (late ? " within " + ANSWERS.toSeconds() + " s" : "")
                                + "; it was stopped again. The end of " + keeper.log(NAME) + ":\n  "
                                + keeper.lastLines(NAME, before, LINES));
            }
            Thread.sleep(POLL);
        }
    }

    private boolean answers(Settings settings) {
        Optional<Contexts.Context> context = context(settings);
        if (context.isEmpty()) {
            return false;
        }
        try (Api api = new Api(context.get())) {
            return api.call("GET", "/healthz", Optional.empty(), Map.of()).status() == 200
                    && api.call("GET", "/v1/version", Optional.empty(), Map.of())
                                    .status()
                            == 200;
        } catch (Trouble notYet) {
            return false;
        }
    }

    /** How to reach it, once it has made its authority and its token. */
    Optional<Contexts.Context> context(Settings settings) {
        try {
            return Files.exists(root.token()) && Files.exists(root.authority())
                    ? Optional.of(new Contexts.Context(
                            settings.url(), Files.readString(root.token()).strip(), Files.readString(root.authority())))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Ends the server, then by its own hand its database and the site's engines, and at last whatever a pid file still names. */
    void down(boolean asRoot) throws InterruptedException {
        keeper.stop(NAME);
        Shell.Result result = Files.exists(root.serverConfig())
                ? Shell.run(DOWN_SECONDS, Map.of(), launch.server(root, "down", asRoot))
                : new Shell.Result(0, "");
        try (var files = Files.exists(root.run()) ? Files.walk(root.run(), 3) : java.util.stream.Stream.<Path>empty()) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".pid")).toList()) {
                PidFile.end(file, Duration.ofSeconds(20));
            }
        } catch (IOException e) {
            throw Trouble.failed(root.run() + " cannot be read (" + e.getClass().getSimpleName() + ")");
        }
        if (!result.good()) {
            throw Trouble.failed(
                    "the site's engines did not all end as they should: " + Surroundings.line(result.lastLine())
                            + "\n  what was left of them was killed; " + root.log() + " has more");
        }
    }
}

package yunqi.cli.site;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import yunqi.cli.api.Api;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.image.ImageBuild;
import yunqi.cli.show.Await;
import yunqi.cli.show.Progress;
import yunqi.core.project.Project;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;

/**
 * {@code yunqi up}: makes this machine a cloud of one host, or brings back one that was. Everything is checked before anything is started; every
 * step finds what an earlier run did, so that running it again is harmless and finishes what was cut off.
 */
public final class Up {
    private static final Duration READY =
            Duration.ofMinutes(5); // engines' first start, and a boot to see whether KVM works
    private static final List<String> IMAGES = List.of("tiny", "busybox");

    /** A PostgreSQL of the user's. */
    public record Database(String url, Optional<String> user, Optional<String> password) {
        /** The password stays out of logs. */
        @Override
        public String toString() {
            return "Database[" + url + "]";
        }
    }

    /** What the command was given. */
    public record Wish(
            boolean yes,
            boolean bare,
            Optional<Path> root,
            Optional<String> address,
            Optional<Integer> portBase,
            Map<String, Integer> ports,
            Optional<Integer> simulated,
            Optional<Database> database) {}

    private final Surroundings around;
    private final Wish wish;
    private final Root root;
    private final Path jdk;
    private final Progress progress;
    private final Steps steps;

    private Up(Surroundings around, Wish wish, Progress progress) {
        this.around = around;
        this.wish = wish;
        this.root = new Root(
                wish.root().orElseGet(() -> usual(around, wish.simulated().isPresent())));
        this.jdk = Site.jdk(around);
        this.progress = progress;
        this.steps = new Steps(progress);
    }

    static Path usual(Surroundings around, boolean simulated) {
        return simulated ? around.home().resolve(".local/state/yunqi") : Root.USUAL;
    }

    public static void run(Surroundings around, Wish wish) throws IOException, InterruptedException {
        try (Progress progress = new Progress(around)) {
            new Up(around, wish, progress).run();
        }
    }

    private void run() throws IOException, InterruptedException {
        Checks.machine();
        root.checkOurs();
        if (JoinHost.only(root)) {
            JoinHost.again(around, root, wish.yes(), progress);
            return;
        }
        Settings settings = Settings.of(
                root,
                new Settings.Said(wish.address(), wish.portBase(), wish.ports(), wish.simulated(), wish.database()));
        boolean simulated = settings.simulated() > 0;
        boolean asRoot =
                Account.root(); // PostgreSQL refuses to run as root, so the server gets its own user then, pretended
        // hosts or
        // not
        if (!simulated) {
            Account.checkRoot("up");
        }
        Keeper keeper = new Keeper(around.programFolder(), root);
        check(settings, simulated, asRoot, keeper);
        steps.done("checked: JDK, " + (asRoot ? "root, " : "") + "room, memory, ports");
        if (!simulated) {
            packages();
        }
        if (asRoot) {
            Account.make();
        }
        root.make(asRoot);
        try (Site.Lock _ = Site.lock(root)) {
            Path jars = Libraries.install(around.programFolder().resolve("dist/lib"), root.lib());
            Launch launch = new Launch(jdk, jars);
            Upgrade upgrade = new Upgrade(root, launch, keeper, steps);
            ServerProcess server = upgrade.server(settings, asRoot);
            Contexts.Context context = server.context(settings).orElseThrow();
            new Contexts(around).save(Site.contextName(root), context);
            steps.done("server answers at " + settings.url());
            try (Api api = new Api(context)) {
                if (!simulated) {
                    host(api, settings, new HostAgent(root, launch, keeper), upgrade);
                }
                new Builds(root).tidy();
                if (!wish.bare() && !Files.exists(root.proven())) {
                    prove(api, simulated);
                }
                report(api, settings, simulated);
            }
        }
    }

    private void check(Settings settings, boolean simulated, boolean asRoot, Keeper keeper) {
        boolean again = root.used();
        if (asRoot) {
            Checks.jdk(jdk);
        }
        Checks.room(root.folder(), simulated, again);
        if (!keeper.running(ServerProcess.NAME)) {
            Checks.memory(simulated);
            Checks.ports(settings.needed());
        }
    }

    private void packages() throws IOException {
        Packages packages = new Packages(around, root.log().resolve("packages.log"));
        List<String> missing = packages.missing();
        if (!missing.isEmpty()) {
            if (!wish.yes()) {
                packages.ask(missing);
            }
            // Only a folder that is ours may be written into, the log of packages included.
            root.make(false);
            packages.install(missing, progress);
            steps.done(missing.size() + " packages installed");
        }
    }

    private void host(Api api, Settings settings, HostAgent agent, Upgrade upgrade)
            throws IOException, InterruptedException {
        if (!agent.joined()) {
            String authority = api.get("/v1/version").path("authority").asText();
            String token =
                    api.post("/v1/join-tokens", Json.object()).path("token").asText();
            agent.join(settings.url(), token, authority, settings.address());
        }
        upgrade.agent(api, agent);
        steps.doing("waiting for the host's engines");
        String name = ready(api);
        steps.done("host " + name + " is ready");
    }

    /** Waits until a host takes instances; its name. */
    private String ready(Api api) throws InterruptedException {
        String[] seen = {"the agent has not reported yet"};
        String[] name = {""};
        boolean ready = Keeper.until(READY, () -> {
            JsonNode hosts = api.list(Kind.HOST.path(""), new TreeMap<>());
            for (JsonNode host : hosts.path("items")) {
                String state = host.at("/status/state").asText();
                if (state.equals("ready") || state.equals("closed")) {
                    name[0] = host.path("name").asText();
                    return true;
                }
                seen[0] = host.path("name").asText() + " is " + Await.message(host);
                progress.say("waiting for the host: " + seen[0]);
            }
            return false;
        });
        if (!ready) {
            throw Trouble.late("the host is not ready after " + READY.toSeconds() + " s: " + seen[0] + "\n  "
                    + root.log().resolve("agent.log") + " may say why; 'yunqi up' goes on from here");
        }
        return name[0];
    }

    /** The first run shows that it works: two images built, a VM and a container made of them. */
    private void prove(Api api, boolean simulated) throws IOException, InterruptedException {
        String library = Project.LIBRARY.value();
        for (String image : IMAGES) {
            if (!simulated && api.find(Kind.IMAGE.path(library) + "/" + image).isEmpty()) {
                new ImageBuild(around, api, progress)
                        .run(image, around.programFolder().resolve("images").resolve(image), library);
                steps.done("image " + image + " built and pushed");
            }
        }
        if (!simulated) {
            sample(api, "hello-vm", "{\"type\":\"vm\",\"image\":\"tiny\"}");
            sample(
                    api,
                    "hello-container",
                    "{\"type\":\"container\",\"image\":\"busybox\",\"command\":[\"sleep\",\"infinity\"]}");
            for (String name : List.of("hello-container", "hello-vm")) {
                JsonNode made = new Await(api, around).instance(path(name), READY);
                steps.done(name + " runs"
                        + (made.at("/status/tookSeconds").isNumber()
                                ? String.format(
                                        Locale.ROOT,
                                        ", %.1f s after it was asked for",
                                        made.at("/status/tookSeconds").asDouble())
                                : ""));
            }
        }
        Files.writeString(root.proven(), "The sample instances ran; 'yunqi up' leaves them to you from now on.\n");
    }

    private static void sample(Api api, String name, String spec) {
        ObjectNode body = Json.object();
        body.putObject("labels").put("sample", "first-light");
        body.set("spec", Wire.tree(Specs.read(Kind.INSTANCE, Wire.read("spec", spec, JsonNode.class))));
        api.createIfAbsent(path(name), body);
    }

    private static String path(String name) {
        return Kind.INSTANCE.path(Project.DEFAULT.value()) + "/" + name;
    }

    private void report(Api api, Settings settings, boolean simulated) {
        steps.done(String.format(Locale.ROOT, "done after %.1f s in all", steps.total()));
        String next = simulated
                ? "yunqi host list"
                : api.find(path("hello-vm")).isPresent()
                        ? "yunqi instance list;  yunqi instance console hello-vm;  yunqi instance exec hello-container -- ping -c1 hello-vm"
                        : "yunqi image build busybox;  yunqi instance create web --type container --image busybox --command 'sleep infinity' --wait";
        around.out().println();
        around.out().println("API        " + settings.url() + "  (authority: " + root.authority() + ")");
        around.out().println("token      " + root.token());
        around.out().println("logs       " + root.log());
        around.out().println("next       " + next);
    }
}

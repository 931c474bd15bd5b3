package yunqi.cli.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Progress;

/** {@code yunqi join}: makes this machine a further host of a cloud whose server is elsewhere. */
public final class JoinHost {
    /** What the command was given. */
    public record Wish(
            String url, String token, String authority, boolean yes, Optional<Path> root, Optional<String> address) {}

    private JoinHost() {}

    public static void run(Surroundings around, Wish wish) throws IOException, InterruptedException {
        Checks.machine();
        Account.checkRoot("join");
        if (!wish.url().startsWith("https://")) {
            throw Trouble.usage(
                    "'" + wish.url() + "' is not the address of a server; 'yunqi host token' prints the whole line");
        }
        Root root = new Root(wish.root().orElse(Root.USUAL));
        root.checkOurs();
        Checks.room(root.folder(), false, root.used());
        Checks.memory(false);
        try (Progress progress = new Progress(around)) {
            Steps steps = new Steps(progress);
            steps.done("checked: JDK, root, room, memory");
            packages(around, root, wish.yes(), progress, steps);
            try (Site.Lock _ = Site.lock(root)) {
                Path jars = Libraries.install(around.programFolder().resolve("dist/lib"), root.lib());
                Keeper keeper = new Keeper(around.programFolder(), root);
                HostAgent agent = new HostAgent(root, new Launch(Site.jdk(around), jars), keeper);
                if (agent.joined()) {
                    steps.done("this machine has joined before");
                } else {
                    agent.join(
                            wish.url(),
                            wish.token(),
                            wish.authority(),
                            wish.address().orElseGet(Settings::ownAddress));
                    steps.done("joined " + wish.url());
                }
                agent.start();
                new Builds(root).use(jars);
                steps.done("agent started; 'yunqi host list' shows when " + HostAgent.hostName() + " is ready");
            }
        }
        if (!Files.exists(root.serverConfig())) {
            around.out().println("logs       " + root.log());
        }
    }

    private static void packages(Surroundings around, Root root, boolean yes, Progress progress, Steps steps)
            throws IOException {
        Packages packages = new Packages(around, root.log().resolve("packages.log"));
        List<String> missing = packages.missing();
        if (!missing.isEmpty() && !yes) {
            packages.ask(missing);
        }
        root.make(false);
        if (!missing.isEmpty()) {
            packages.install(missing, progress);
            steps.done(missing.size() + " packages installed");
        }
    }

    /** True of a machine that joined and has no server: its {@code up} is about the agent alone. */
    static boolean only(Root root) {
        return !Files.exists(root.serverConfig()) && HostAgent.joined(root);
    }

    /** {@code yunqi up} on such a machine: its agent runs from this build, or goes on as it was. */
    static void again(Surroundings around, Root root, boolean yes, Progress progress)
            throws IOException, InterruptedException {
        Account.checkRoot("up");
        Steps steps = new Steps(progress);
        packages(around, root, yes, progress, steps);
        try (Site.Lock _ = Site.lock(root)) {
            Path jars = Libraries.install(around.programFolder().resolve("dist/lib"), root.lib());
            Keeper keeper = new Keeper(around.programFolder(), root);
            Launch launch = new Launch(Site.jdk(around), jars);
            new Upgrade(root, launch, keeper, steps).agent(new HostAgent(root, launch, keeper));
            Builds builds = new Builds(root);
            builds.use(jars);
            builds.tidy();
            steps.done("the agent of this machine runs; its server is brought up to date by 'yunqi up' there");
        }
    }
}

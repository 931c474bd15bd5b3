package yunqi.cli.site;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import yunqi.cli.api.Api;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Progress;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;

/** {@code yunqi backup} and {@code yunqi restore}, on the machine of the server. */
public final class Backups {
    private static final int LONGEST_SECONDS = 6 * 60 * 60; // the bytes of images may be many
    private static final Duration REPORT = Duration.ofSeconds(90); // agents look for the server every few seconds
    private static final String SETTINGS = "server/server.json";

    private final Surroundings around;
    private final Root root;
    private final Progress progress;

    private Backups(Surroundings around, Root root, Progress progress) {
        this.around = around;
        this.root = root;
        this.progress = progress;
    }

    /** What {@code restore} was given. */
    public record Wish(Path file, Optional<Path> root, boolean yes, Optional<String> address) {}

    /** Writes the backup. */
    public static void backup(Surroundings around, Optional<Path> named, Path to, boolean images)
            throws IOException, InterruptedException {
        Root root = Site.find(around, named);
        if (!Files.exists(root.serverConfig())) {
            throw Trouble.failed("there is no server of Yunqi's at " + root.folder() + "; --root names another place");
        }
        try (Progress progress = new Progress(around)) {
            Steps steps = new Steps(progress);
            steps.doing("writing " + to);
            String made = new Backups(around, root, progress).run("backup", Site.launch(around, root), to, images);
            steps.done(made);
        }
        around.out()
                .println(to.toAbsolutePath()
                        + " holds the authority's key and the operator's token: keep it where nobody else reads it");
    }

    /** Brings a backup back. */
    public static void restore(Surroundings around, Wish wish) throws IOException, InterruptedException {
        Root root = Site.find(around, wish.root());
        try (Progress progress = new Progress(around)) {
            new Backups(around, root, progress).restore(wish);
        }
    }

    private void restore(Wish wish) throws IOException, InterruptedException {
        root.checkOurs();
        boolean again = Files.exists(root.serverConfig());
        // Of what is there its own jars, of a new machine today's.
        Launch launch = Site.launch(around, root);
        Steps steps = new Steps(progress);
        steps.doing("checking " + wish.file());
        steps.done(run("check", launch, wish.file(), false) + "; every byte of it is as it was written");
        if (!wish.yes()) {
            ask(wish, again);
        }
        if (Account.root()) {
            Account.make();
        }
        root.make(Account.root());
        Exchanged done;
        try (Site.Lock _ = Site.lock(root)) {
            if (!again) {
                first(wish);
            }
            done = exchange(wish, launch, steps, again);
        } catch (IOException | RuntimeException e) {
            if (!again) {
                Files.deleteIfExists(root.serverConfig()); // so that it is a new machine next time, too
            }
            throw e;
        }
        if (done.ran()) {
            steps.done("the server answers again");
            report(done.aside());
        } else {
            around.out().println("everything is in place; 'yunqi up --bare' on this machine brings it up");
        }
    }

    /** The settings of the old machine are the first of the new one. */
    private void first(Wish wish) throws IOException {
        try (ZipFile zip = new ZipFile(wish.file().toFile())) {
            ZipEntry settings = zip.getEntry(SETTINGS);
            if (settings == null) {
                throw Trouble.failed(wish.file() + " has no settings in it");
            }
            ObjectNode tree = Json.object();
            if (Wire.lenient().readTree(zip.getInputStream(settings)) instanceof ObjectNode old) {
                tree = old;
            }
            tree.remove("root"); // where it lay on the old machine
            if (wish.address().isPresent()) {
                tree.put("address", wish.address().get());
            }
            Files.writeString(root.serverConfig(), tree.toPrettyString() + "\n");
        }
    }

    /** The folder in which everything is kept that was there before, and whether the server ran before, and does again. */
    private record Exchanged(Path aside, boolean ran) {}

    private Exchanged exchange(Wish wish, Launch launch, Steps steps, boolean again)
            throws IOException, InterruptedException {
        steps.doing("laying it beside what is there");
        run("stage", launch, wish.file(), false);
        own();
        steps.done("laid beside what is there");
        Keeper keeper = new Keeper(around.programFolder(), root);
        ServerProcess server = new ServerProcess(root, launch, keeper);
        boolean ran = server.running();
        Settings settings = Settings.of(
                root,
                new Settings.Said(
                        wish.address(), Optional.empty(), new TreeMap<>(), Optional.empty(), Optional.empty()));
        steps.doing("exchanging the two");
        keeper.stop(ServerProcess.NAME);
        Path aside;
        try {
            aside = Path.of(run("swap", launch, wish.file(), false));
        } catch (Trouble e) {
            if (ran) {
                server.start(settings, Account.owns(root.server()));
            }
            throw e;
        }
        own();
        steps.done(again ? "exchanged; what was there is kept in " + aside : "in its place");
        if (!ran) {
            return new Exchanged(aside, false);
        }
        try {
            server.start(settings, Account.owns(root.server()));
            return new Exchanged(aside, true);
        } catch (Trouble e) {
            run("undo", launch, aside, false);
            own();
            server.start(settings, Account.owns(root.server()));
            throw e.and("what was there before is back and runs");
        }
    }

    /** What this command wrote is the server's, and what the database wrote that was started for it. */
    private void own() throws IOException {
        if (Account.root()) {
            List<String> command = new ArrayList<>(List.of(
                    "chown",
                    "-Rh",
                    Account.NAME + ":" + Account.NAME,
                    root.server().toString()));
            for (Path folder : List.of(root.run(), root.log())) {
                try (Stream<Path> files = Files.list(folder)) {
                    files.filter(file -> file.getFileName().toString().startsWith("postgres"))
                            .forEach(file -> command.add(file.toString()));
                }
            }
            Shell.run(command.toArray(String[]::new));
        }
    }

    private String run(String verb, Launch launch, Path path, boolean images) {
        Shell.Result result = Shell.run(LONGEST_SECONDS, Map.of(), launch.backup(verb, root, path, images));
        if (!result.good()) {
            throw Trouble.failed(Surroundings.line(result.lastLine()));
        }
        return result.lastLine();
    }

    private void ask(Wish wish, boolean again) throws IOException {
        String what = again
                ? "This puts what " + wish.file() + " knows in the place of what the cloud at " + root.folder()
                        + " knows now."
                : "This makes " + root.folder() + " of " + wish.file() + ".";
        if (!around.inputIsTerminal()) {
            throw Trouble.failed(what + " If you mean it: 'yunqi restore " + wish.file() + " --yes'");
        }
        around.err().println(what + " No instance is touched, and what is known now is set aside.");
        around.err().print("Go on? [y/N] ");
        around.err().flush();
        String answer = new BufferedReader(new InputStreamReader(around.in(), StandardCharsets.UTF_8)).readLine();
        if (answer == null || !answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y")) {
            throw Trouble.failed("nothing was changed");
        }
    }

    /** What hosts hold, once they have told it. */
    private void report(Path aside) throws InterruptedException, IOException {
        ServerProcess server =
                new ServerProcess(root, Site.launch(around, root), new Keeper(around.programFolder(), root));
        Settings settings = Settings.of(
                root,
                new Settings.Said(
                        Optional.empty(), Optional.empty(), new TreeMap<>(), Optional.empty(), Optional.empty()));
        Contexts.Context context = server.context(settings)
                .orElseThrow(() -> Trouble.failed("the operator's token cannot be read at " + root.token()));
        new Contexts(around).save(Site.contextName(root), context);
        try (Api api = new Api(context)) {
            progress.say("waiting for the hosts to tell what they hold …");
            Keeper.until(REPORT, () -> api.get("/v1/orphans").path("waiting").isEmpty());
            print(api.get("/v1/orphans"), instances(api));
        }
        around.out()
                .println("before     " + aside
                        + "; 'docs/runbooks/restore.md' says how to go back, and when to let go of it");
    }

    private static List<JsonNode> instances(Api api) {
        List<JsonNode> all = new ArrayList<>();
        for (JsonNode project : api.list(Kind.PROJECT.path(""), new TreeMap<>()).path("items")) {
            String path = Kind.INSTANCE.path(project.path("name").asText());
            api.list(path, new TreeMap<>()).path("items").forEach(all::add);
        }
        return all;
    }

    private void print(JsonNode found, List<JsonNode> instances) {
        int left = 0;
        for (JsonNode instance : instances) {
            String state = instance.at("/status/state").asText();
            if (state.equals("untouched")) {
                left++;
                around.out()
                        .println("untouched  " + instance.path("project").asText() + "/"
                                + instance.path("name").asText() + ": "
                                + instance.at("/status/message").asText());
            }
        }
        found.path("instances")
                .forEach(orphan -> around.out()
                        .println("orphan     instance " + orphan.path("id").asText()
                                + (orphan.has("name")
                                        ? " (" + orphan.path("project").asText() + "/"
                                                + orphan.path("name").asText() + ")"
                                        : "")
                                + " on " + orphan.path("host").asText() + ": it runs and the backup does not know it"));
        found.path("networks")
                .forEach(orphan -> around.out()
                        .println("orphan     network " + orphan.path("id").asText()));
        found.path("waiting")
                .forEach(host ->
                        around.out().println("silent     host " + host.asText() + " has not told what it holds yet"));
        around.out()
                .println("found      " + instances.size() + " instances, "
                        + found.path("instances").size() + " orphans, " + left + " left as their hosts have them");
    }
}

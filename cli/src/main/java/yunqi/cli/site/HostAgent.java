package yunqi.cli.site;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.core.wire.Wire;

/** The agent of this machine: joining a site, and its process. */
final class HostAgent {
    private static final int JOIN_SECONDS = 60;
    private static final int DOWN_SECONDS = 180; // guests get their grace, then the engines end one after the other
    static final String NAME = "agent";

    /** What it writes into its log once it works. */
    static final String SERVES = " serves host ";

    private final Root root;
    private final Launch launch;
    private final Keeper keeper;

    HostAgent(Root root, Launch launch, Keeper keeper) {
        this.root = root;
        this.launch = launch;
        this.keeper = keeper;
    }

    /** True if this machine has an identity from an earlier join. */
    boolean joined() {
        return joined(root);
    }

    static boolean joined(Root root) {
        return Files.exists(root.agent().resolve("identity/site.json"));
    }

    /** Joins the site with a one-time token; nothing is done if it has joined. */
    void join(String url, String token, String authority, String address) throws IOException {
        if (!Files.exists(root.agentConfig())) {
            Files.writeString(
                    root.agentConfig(), Json.object().put("address", address).toPrettyString() + "\n");
        }
        // A file that only root can read and that is gone after its one use: a command line or an environment is seen
        // by others.
        Path invitation = root.agent().resolve("join.json");
        String text = Wire.lenient()
                .createObjectNode()
                .put("server", url)
                .put("token", token)
                .put("authority", authority)
                .put("name", hostName())
                .put("address", address)
                .toString();
        Shell.Result result;
        try {
            Files.deleteIfExists(invitation);
            Files.createFile(
                    invitation, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(invitation, text);
            result = Shell.run(JOIN_SECONDS, Map.of(), launch.agent("join", invitation));
        } finally {
            Files.deleteIfExists(invitation);
        }
        if (!result.good()) {
            throw Trouble.failed("this machine cannot join " + url + ": " + Surroundings.line(result.lastLine())
                    + "\n  make a new token by 'yunqi host token' on the first machine, and try again");
        }
    }

    void start() throws IOException, InterruptedException {
        keeper.ensure(NAME, launch.agent("run", root.agentConfig()), Files.readString(root.agentConfig()));
    }

    /** Ends the agent, then, by its own hand, everything that it runs. Data stays. */
    void down() throws InterruptedException {
        keeper.stop(NAME);
        last("down");
    }

    /** Removes what the agent made outside the state root: namespaces, interfaces, mounts, control groups. */
    void purge() {
        last("purge");
    }

    private void last(String verb) {
        if (!Files.exists(root.agentConfig())) {
            return;
        }
        Shell.Result result = Shell.run(DOWN_SECONDS, Map.of(), launch.agent(verb, root.agentConfig()));
        if (!result.good()) {
            throw Trouble.failed("the agent could not " + (verb.equals("down") ? "end" : "remove") + " everything: "
                    + Surroundings.line(result.lastLine()) + "\n  try again; " + keeper.log(NAME) + " has more");
        }
    }

    /** What this machine calls itself, as a name of ours. */
    static String hostName() throws IOException {
        String name = Files.exists(Path.of("/etc/hostname"))
                ? Files.readString(Path.of("/etc/hostname")).strip()
                : InetAddress.getLocalHost().getHostName();
        return nameOf(name);
    }

    /** The first part of a machine's name in lower case, with what a name of ours cannot hold left out. */
    static String nameOf(String hostname) {
        String first = hostname.toLowerCase(Locale.ROOT).split("\\.", -1)[0];
        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < first.length(); i++) {
            char c = first.charAt(i);
            boolean good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && !kept.isEmpty());
            kept.append(good ? String.valueOf(c) : c == '_' && !kept.isEmpty() ? "-" : "");
        }
        while (!kept.isEmpty() && (kept.length() > 63 || kept.charAt(kept.length() - 1) == '-')) {
            kept.setLength(kept.length() - 1);
        }
        return kept.isEmpty() ? "host-1" : kept.toString();
    }
}

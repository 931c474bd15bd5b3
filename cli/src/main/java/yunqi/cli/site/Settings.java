package yunqi.cli.site;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import yunqi.cli.api.Json;
import yunqi.cli.api.Trouble;
import yunqi.core.wire.Wire;

/** {@code ROOT/server/server.json}: what was said at the first {@code up} and what is said now. What isn't said stays as it is. */
final class Settings {
    private static final Map<String, Integer> USUAL =
            Map.of("api", 7443, "link", 7444, "southbound", 7445, "registry", 7446, "database", 7447);
    private static final String[] PORTS = {"api", "link", "southbound", "registry", "database"};

    private final ObjectNode tree;

    private Settings(ObjectNode tree) {
        this.tree = tree;
    }

    /** What the options of {@code up} say. {@code ports} by name; {@code portBase} for all five, one after the other. */
    record Said(
            Optional<String> address,
            Optional<Integer> portBase,
            Map<String, Integer> ports,
            Optional<Integer> simulated,
            Optional<Up.Database> database) {
        /** All is to stay as it is. */
        static final Said NOTHING =
                new Said(Optional.empty(), Optional.empty(), Map.of(), Optional.empty(), Optional.empty());
    }

    static Settings of(Root root, Said said) {
        ObjectNode tree = Json.object();
        try {
            if (Files.exists(root.serverConfig())
                    && Wire.lenient().readTree(root.serverConfig().toFile()) instanceof ObjectNode before) {
                tree = before;
            }
        } catch (IOException e) {
            throw Trouble.failed(root.serverConfig() + " is not JSON ("
                    + e.getClass().getSimpleName() + "); mend it, or move it away and let 'yunqi up' write it anew");
        }
        boolean simulated = said.simulated().orElse(tree.path("simulated").asInt()) > 0;
        if (said.address().isPresent() || !tree.has("address")) {
            tree.put("address", said.address().orElseGet(() -> simulated ? "127.0.0.1" : ownAddress()));
        }
        if (said.simulated().isPresent()) {
            tree.put("simulated", said.simulated().get());
        }
        if (said.database().isPresent()) {
            database(tree, said.database().get(), Files.exists(root.serverConfig()));
        }
        ObjectNode ports = tree.withObject("/ports");
        for (int i = 0; i < PORTS.length; i++) {
            int number = i;
            Optional<Integer> wanted = Optional.ofNullable(said.ports().get(PORTS[i]))
                    .or(() -> said.portBase().map(base -> base + number));
            if (wanted.isPresent() || !ports.has(PORTS[i])) {
                ports.put(PORTS[i], wanted.orElse(USUAL.getOrDefault(PORTS[i], 0)));
            }
        }
        return new Settings(tree);
    }

    private static void database(ObjectNode tree, Up.Database said, boolean again) {
        String before = tree.path("database").path("url").asText();
        if (again && !before.equals(said.url())) {
            throw Trouble.failed(
                    "this cloud keeps what it knows in "
                            + (before.isEmpty() ? "the PostgreSQL that came along" : before) + ", and " + said.url()
                            + " knows nothing of it\n  a database is chosen at the first 'yunqi up'; leave --database out to go on");
        }
        ObjectNode database = tree.withObject("/database").put("url", said.url());
        said.user().ifPresent(user -> database.put("user", user));
        said.password().ifPresent(password -> database.put("password", password));
    }

    /** The PostgreSQL of the user's that is written there, if there is one. */
    static Optional<String> outerDatabase(Root root) {
        try {
            String url = Files.exists(root.serverConfig())
                    ? Wire.lenient()
                            .readTree(root.serverConfig().toFile())
                            .at("/database/url")
                            .asText()
                    : "";
            return Optional.of(url).filter(word -> !word.isEmpty());
        } catch (IOException e) {
            return Optional.empty(); // no JSON: nobody can say any more
        }
    }

    String address() {
        return tree.path("address").asText();
    }

    int port(String name) {
        return tree.path("ports").path(name).asInt();
    }

    /** The ports that must be free before the first start, by what they are for. A pretended site has no engines. */
    Map<String, Integer> needed() {
        Map<String, Integer> needed = new LinkedHashMap<>();
        for (String name : PORTS) {
            boolean engine = name.equals("southbound") || name.equals("registry");
            boolean database = name.equals("database") && tree.path("database").has("url");
            if (!(engine && simulated() > 0) && !database) {
                needed.put(name, port(name));
            }
        }
        return needed;
    }

    int simulated() {
        return tree.path("simulated").asInt();
    }

    String url() {
        return "https://" + address() + ":" + port("api");
    }

    /** The file's text. */
    String text() {
        return tree.toPrettyString() + "\n";
    }

    /** The address that this machine uses towards others; that of itself where it has no way out. */
    static String ownAddress() {
        // Connecting a datagram socket asks the routing table and sends nothing.
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 198, 51, 100, 1}), 9));
            InetAddress own = socket.getLocalAddress();
            return own.isAnyLocalAddress() ? "127.0.0.1" : own.getHostAddress();
        } catch (IOException | java.io.UncheckedIOException e) {
            return "127.0.0.1";
        }
    }
}

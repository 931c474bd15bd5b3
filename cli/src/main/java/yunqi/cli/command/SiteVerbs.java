package yunqi.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.site.JoinHost;
import yunqi.core.base.IpAddress;

/** {@code up}, {@code down}, {@code purge} and {@code join}: this machine as a host. */
final class SiteVerbs {
    private static final List<String> PORTS = List.of("api", "link", "southbound", "registry", "database");
    private static final int HIGHEST_PORT = 65_535;

    private SiteVerbs() {}

    /** A command on a state root. */
    abstract static class OfRoot extends Verb {
        @Option(
                names = "--root",
                paramLabel = "FOLDER",
                description = "where everything lives; /var/lib/yunqi without it")
        private Optional<Path> root = Optional.empty();

        @Option(
                names = {"-y", "--yes"},
                description = "do not ask")
        private boolean yes;

        OfRoot(Surroundings around) {
            super(around);
        }

        final Optional<Path> root() {
            return root;
        }

        final boolean yes() {
            return yes;
        }
    }

    @Command(
            name = "up",
            description = {
                "Make this machine a cloud, or bring back what was stopped.",
                "Installs missing packages, starts everything, and at the first time proves itself with a VM and a container."
            })
    static final class Up extends OfRoot {
        @Option(names = "--bare", description = "leave out the sample images and instances")
        private boolean bare;

        @Option(
                names = "--simulated",
                paramLabel = "HOSTS",
                description = "the same server with so many pretended hosts; needs no root")
        private Optional<Integer> simulated = Optional.empty();

        @Option(names = "--address", paramLabel = "IP", description = "where hosts and users reach this machine")
        private Optional<String> address = Optional.empty();

        @Option(
                names = "--port-base",
                paramLabel = "PORT",
                description = "five ports from here on, for api, link, southbound, registry, database; 7443 without it")
        private Optional<Integer> portBase = Optional.empty();

        @Option(names = "--port", paramLabel = "NAME=PORT", description = "one of those ports; may be repeated")
        private Map<String, Integer> ports = new TreeMap<>();

        @Option(
                names = "--database",
                paramLabel = "URL",
                description =
                        "a PostgreSQL of yours, 15 or newer, such as postgresql://10.0.0.9:5432/yunqi; one comes along without it")
        private Optional<String> database = Optional.empty();

        @Option(names = "--database-user", paramLabel = "NAME", description = "its user; yunqi without it")
        private Optional<String> databaseUser = Optional.empty();

        @Option(
                names = "--database-password-file",
                paramLabel = "FILE",
                description = "the first line is that user's password")
        private Optional<Path> databasePassword = Optional.empty();

        Up(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException, InterruptedException {
            address.ifPresent(IpAddress::parse);
            portBase.ifPresent(base -> check("--port-base", base + PORTS.size() - 1));
            ports.forEach((name, port) -> {
                if (!PORTS.contains(name)) {
                    throw Trouble.usage("--port: no port named '" + name + "'; known are " + String.join(", ", PORTS));
                }
                check("--port " + name, port);
            });
            simulated.filter(count -> count < 1).ifPresent(count -> {
                throw Trouble.usage("--simulated: " + count + " hosts; at least 1");
            });
            yunqi.cli.site.Up.run(
                    around(),
                    new yunqi.cli.site.Up.Wish(yes(), bare, root(), address, portBase, ports, simulated, database()));
            return DONE;
        }

        private Optional<yunqi.cli.site.Up.Database> database() throws IOException {
            if (database.isEmpty()) {
                if (databaseUser.isPresent() || databasePassword.isPresent()) {
                    throw Trouble.usage(
                            "--database-user and --database-password-file are about --database: give that, too");
                }
                return Optional.empty();
            }
            String url = database.get().startsWith("postgresql:") ? "jdbc:" + database.get() : database.get();
            if (!url.startsWith("jdbc:postgresql:")) {
                throw Trouble.usage("--database: '" + database.get()
                        + "' is not the address of a PostgreSQL, such as postgresql://10.0.0.9:5432/yunqi");
            }
            Optional<String> password = Optional.empty();
            if (databasePassword.isPresent()) {
                try (var lines = Files.lines(databasePassword.get())) {
                    password = lines.findFirst();
                }
            }
            return Optional.of(new yunqi.cli.site.Up.Database(url, databaseUser, password));
        }

        private static void check(String option, int port) {
            if (port < 1 || port > HIGHEST_PORT) {
                throw Trouble.usage(option + ": " + port + " is not a port; use 1 to " + HIGHEST_PORT);
            }
        }
    }

    @Command(
            name = "down",
            description = "Stop everything of ours on this machine; data stays, and 'up' brings it back.")
    static final class Down extends OfRoot {
        Down(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException, InterruptedException {
            yunqi.cli.site.Down.run(around(), root());
            return DONE;
        }
    }

    @Command(name = "purge", description = "Remove every trace: processes, networks, instances, data, user.")
    static final class Purge extends OfRoot {
        Purge(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException, InterruptedException {
            yunqi.cli.site.Purge.run(around(), root(), yes());
            return DONE;
        }
    }

    @Command(name = "join", description = "Make this machine a further host; 'yunqi host token' prints the whole line.")
    static final class Join extends OfRoot {
        @Parameters(paramLabel = "URL", description = "the API of the first machine, such as https://10.0.0.1:7443")
        private String url = "";

        @Option(names = "--token", required = true, paramLabel = "TOKEN", description = "the one-time token")
        private String token = "";

        @Option(
                names = "--ca-hash",
                required = true,
                paramLabel = "HASH",
                description = "the SHA-256 of the authority's certificate")
        private String authority = "";

        @Option(names = "--address", paramLabel = "IP", description = "where other hosts reach this machine")
        private Optional<String> address = Optional.empty();

        Join(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException, InterruptedException {
            address.ifPresent(IpAddress::parse);
            JoinHost.run(around(), new JoinHost.Wish(url, token, authority, yes(), root(), address));
            return DONE;
        }
    }
}

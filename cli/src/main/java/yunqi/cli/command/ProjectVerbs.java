package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Declare;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Printer;
import yunqi.core.project.Role;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;

/** What is particular about projects: their quota, and who has which role in them. */
final class ProjectVerbs {
    private static final List<String> COUNTS = List.of("instances", "vcpus", "addresses");
    private static final List<String> SIZES = List.of("memory", "disk");
    private static final String NO_LIMIT = "none";

    private ProjectVerbs() {}

    /** Puts {@code instances=10}, {@code memory=32GiB}, {@code disk=none} into a quota; what is not named stays. */
    static void fill(ObjectNode quota, Map<String, String> given) {
        given.forEach((name, value) -> {
            if (!COUNTS.contains(name) && !SIZES.contains(name)) {
                throw Trouble.usage("--quota: '" + name + "' is not counted; known are " + COUNTS + " and " + SIZES);
            }
            if (value.equals(NO_LIMIT)) {
                quota.remove(name);
            } else if (SIZES.contains(name)) {
                quota.put(name, value);
            } else if (value.matches("[0-9]{1,10}")) {
                quota.put(name, Long.parseLong(value));
            } else {
                throw Trouble.usage("--quota: " + name + "=" + value + " is not a number; 'none' is no limit");
            }
        });
    }

    @Command(name = "create", description = "Create a project, with a network 'default' of its own.")
    static final class Create extends CreateVerbs.Create {
        @Option(names = "--description", paramLabel = "TEXT", description = "what it is for")
        private String description = "";

        @Option(
                names = "--quota",
                split = ",",
                paramLabel = "WHAT=MOST",
                description =
                        "such as instances=10,vcpus=20,memory=32GiB,disk=500GiB,addresses=20; no limit for what is not named")
        private Map<String, String> quota = new TreeMap<>();

        Create(Surroundings around) {
            super(around, Kind.PROJECT);
        }

        @Override
        void fill(ObjectNode spec) {
            spec.put("description", description);
            if (!quota.isEmpty()) {
                ProjectVerbs.fill(spec.putObject("quota"), quota);
            }
        }
    }

    @Command(
            name = "quota",
            description =
                    "Change a project's quota. Below what is in use it stops only what is new. Without WHAT=MOST, show it.")
    static final class SetQuota extends Verb {
        @Parameters(index = "0", paramLabel = "PROJECT", description = "which one")
        private String name = "";

        @Parameters(
                index = "1..*",
                arity = "0..*",
                paramLabel = "WHAT=MOST",
                description = "such as instances=10 memory=32GiB disk=none; what is not named stays")
        private Map<String, String> quota = new TreeMap<>();

        SetQuota(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                String path = path(Kind.PROJECT, name);
                JsonNode item = quota.isEmpty()
                        ? api.get(path)
                        : Declare.change(api, path, spec -> {
                            ObjectNode all = spec.withObject("/quota");
                            ProjectVerbs.fill(all, quota);
                        });
                if (format() != Printer.Format.TABLE) {
                    printer().raw(item);
                    return DONE;
                }
                printer()
                        .table(
                                List.of("WHAT", "USED", "QUOTA"),
                                java.util.stream.Stream.concat(COUNTS.stream(), SIZES.stream())
                                        .map(what -> List.of(
                                                what,
                                                item.at("/status/used/" + what).asText(),
                                                item.at("/spec/quota/" + what).asText(NO_LIMIT)))
                                        .toList());
            }
            return DONE;
        }
    }

    @Command(name = "grant", description = "Give a user a role in a project, or change it.")
    static final class Grant extends Verb {
        @Parameters(index = "0", paramLabel = "PROJECT", description = "which one")
        private String name = "";

        @Parameters(index = "1", paramLabel = "USER", description = "whom")
        private String user = "";

        @Parameters(
                index = "2",
                paramLabel = "ROLE",
                description = "viewer (sees), member (also changes) or admin (also grants)")
        private Role role = Role.VIEWER;

        Grant(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            ObjectNode body = Json.object();
            body.putObject("spec").set("role", Wire.tree(role));
            try (Api api = api()) {
                JsonNode made = api.put(grant(name, user), body, Map.of()).body();
                if (format() == Printer.Format.TABLE) {
                    around().out().println(user + " is " + made.at("/spec/role").asText() + " in project " + name);
                } else {
                    printer().raw(made);
                }
            }
            return DONE;
        }
    }

    private static String grant(String project, String user) {
        return Kind.GRANT.path(Api.segment(project)) + "/" + Api.segment(user);
    }

    @Command(name = "revoke", description = "Take a user's role in a project back.")
    static final class Revoke extends Verb {
        @Parameters(index = "0", paramLabel = "PROJECT", description = "which one")
        private String name = "";

        @Parameters(index = "1", paramLabel = "USER", description = "whose")
        private String user = "";

        Revoke(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                Optional<String> missing = api.delete(grant(name, user));
                if (missing.isPresent()) {
                    throw Trouble.failed(missing.get());
                }
                around().out().println(user + " has no role in project " + name + " any more");
            }
            return DONE;
        }
    }

    @Command(name = "members", description = "List who has which role in a project.")
    static final class Members extends Verb {
        @Parameters(paramLabel = "PROJECT", description = "which one")
        private String name = "";

        Members(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                printer().list(Kind.GRANT, api.list(Kind.GRANT.path(Api.segment(name)), new TreeMap<>()));
            }
            return DONE;
        }
    }
}

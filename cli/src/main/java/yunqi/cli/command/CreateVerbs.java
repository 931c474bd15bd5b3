package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Declare;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.show.Printer;
import yunqi.core.base.Name;
import yunqi.core.wire.Kind;

/** {@code create} of the plain kinds. */
final class CreateVerbs {
    private CreateVerbs() {}

    /** A name, labels, and a spec from options. */
    abstract static class Create extends Verb {
        private final Kind kind;

        @Parameters(paramLabel = "NAME", description = "its name: a-z, 0-9 and '-'")
        private String name = "";

        @Option(names = "--label", paramLabel = "KEY=VALUE", description = "a label; may be repeated")
        private SortedMap<String, String> labels = new TreeMap<>();

        Create(Surroundings around, Kind kind) {
            super(around);
            this.kind = kind;
        }

        abstract void fill(ObjectNode spec);

        final String name() {
            return new Name(name).value();
        }

        @Override
        boolean scoped() {
            return kind.scoped();
        }

        @Override
        int run() throws IOException {
            ObjectNode spec = Json.object();
            fill(spec);
            ObjectNode body = Declare.body(kind, labels, spec);
            try (Api api = api()) {
                JsonNode made = Declare.create(api, path(kind, name()), body);
                if (format() == Printer.Format.TABLE) {
                    around().out().println(kind.word() + " " + name + " created");
                } else {
                    printer().raw(made);
                }
            }
            return DONE;
        }
    }

    @Command(name = "create", description = "Create a flavor.")
    static final class Flavor extends Create {
        @Option(
                names = {"--vcpus", "--cpus"},
                required = true,
                paramLabel = "COUNT",
                description = "virtual processors")
        private int cpus;

        @Option(names = "--memory", required = true, paramLabel = "SIZE", description = "such as 512MiB")
        private String memory = "";

        @Option(names = "--disk", paramLabel = "SIZE", description = "root disk, such as 10GiB (the default)")
        private String disk = "10GiB";

        Flavor(Surroundings around) {
            super(around, Kind.FLAVOR);
        }

        @Override
        void fill(ObjectNode spec) {
            spec.put("vcpus", cpus).put("memory", memory).put("disk", disk);
        }
    }

    @Command(name = "create", description = "Create a network.")
    static final class Network extends Create {
        @Option(
                names = "--cidr",
                required = true,
                paramLabel = "BLOCK",
                description = "its addresses, such as 10.1.0.0/24")
        private String cidr = "";

        Network(Surroundings around) {
            super(around, Kind.NETWORK);
        }

        @Override
        void fill(ObjectNode spec) {
            spec.put("cidr", cidr);
        }
    }
}

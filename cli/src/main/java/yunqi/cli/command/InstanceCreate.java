package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Declare;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.argument.ShellWords;
import yunqi.cli.argument.Waits;
import yunqi.cli.image.Recipes;
import yunqi.cli.show.Await;
import yunqi.cli.show.Printer;
import yunqi.core.base.Name;
import yunqi.core.wire.Kind;

/** {@code yunqi instance create}. */
@Command(
        name = "create",
        description = "Create an instance: a virtual machine or a container.",
        footer = {
            "",
            "yunqi instance create web --type container --image busybox --command 'sleep infinity' --wait",
            "yunqi instance create vm1 --type vm --image tiny --flavor small --network back:10.1.0.9 --wait"
        })
final class InstanceCreate extends Verb {
    @Parameters(
            index = "0",
            paramLabel = "NAME",
            description = "its name, also its DNS name in the project: a-z, 0-9 and '-'")
    private String name = "";

    @Parameters(
            index = "1..*",
            paramLabel = "WORDS",
            description = "after --: the command of a container, word by word")
    private List<String> words = List.of();

    @Option(names = "--type", required = true, paramLabel = "container|vm", description = "what it is")
    private String type = "";

    @Option(names = "--image", required = true, paramLabel = "IMAGE", description = "what it is made from")
    private String image = "";

    @Option(names = "--flavor", paramLabel = "FLAVOR", description = "how big it is; small without it")
    private Optional<String> flavor = Optional.empty();

    @Option(
            names = "--network",
            paramLabel = "NETWORK[:ADDRESS]",
            description = "a network it joins, and its address there; may be repeated; 'default' without it")
    private List<String> networks = List.of();

    @Option(names = "--command", paramLabel = "LINE", description = "the command of a container, split as a shell does")
    private Optional<String> command = Optional.empty();

    @Option(names = "--env", paramLabel = "KEY=VALUE", description = "a variable of a container; may be repeated")
    private SortedMap<String, String> env = new TreeMap<>();

    @Option(names = "--user-data", paramLabel = "FILE", description = "cloud-init user data of a VM")
    private Optional<Path> userData = Optional.empty();

    @Option(names = "--key", paramLabel = "FILE", description = "SSH public keys for a VM, one a line; may be repeated")
    private List<Path> keys = List.of();

    @Option(
            names = "--restart",
            paramLabel = "always|on-failure|never",
            description = "when it is started again by itself; always without it")
    private Optional<String> restart = Optional.empty();

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "a label; may be repeated")
    private SortedMap<String, String> labels = new TreeMap<>();

    @Option(names = "--host", paramLabel = "HOST", description = "this host and no other")
    private Optional<String> host = Optional.empty();

    @Option(
            names = "--host-label",
            paramLabel = "KEY=VALUE",
            description = "only hosts with this label; may be repeated")
    private SortedMap<String, String> hostLabels = new TreeMap<>();

    @Option(names = "--stopped", description = "make it ready without starting it")
    private boolean stopped;

    @Mixin
    private Waits waits = new Waits();

    InstanceCreate(Surroundings around) {
        super(around);
    }

    @Override
    boolean scoped() {
        return true;
    }

    @Override
    int run() throws InterruptedException {
        ObjectNode body = Declare.body(Kind.INSTANCE, labels, spec());
        String path = path(Kind.INSTANCE, new Name(name).value());
        try (Api api = api()) {
            JsonNode made = create(api, path, body);
            if (waits.limit().isPresent()) {
                made = new Await(api, around()).instance(path, waits.limit().get());
            }
            say(made);
        }
        return DONE;
    }

    private JsonNode create(Api api, String path, ObjectNode body) {
        try {
            return Declare.create(api, path, body);
        } catch (Trouble refused) {
            throw new Recipes(around()).advise(refused, image);
        }
    }

    private void say(JsonNode made) {
        if (format() != Printer.Format.TABLE) {
            printer().raw(made);
            return;
        }
        String address = made.at("/status/addresses/0").asText("");
        String host = made.at("/status/host").asText("");
        around().out()
                .println("instance " + name
                        + (waits.limit().isEmpty()
                                ? " will be created; --wait waits for it"
                                : " is " + made.at("/status/state").asText("there")
                                        + (host.isEmpty() ? "" : " on " + host)
                                        + (address.isEmpty() ? "" : ", address " + address)
                                        + (made.at("/status/tookSeconds").isNumber()
                                                ? String.format(
                                                        java.util.Locale.ROOT,
                                                        ", after %.1f s",
                                                        made.at("/status/tookSeconds")
                                                                .asDouble())
                                                : "")));
    }

    private ObjectNode spec() {
        ObjectNode spec = Json.object().put("type", type).put("image", image);
        flavor.ifPresent(text -> spec.put("flavor", text));
        restart.ifPresent(text -> spec.put("restart", text));
        host.ifPresent(text -> spec.put("host", text));
        spec.put("running", !stopped);
        if (!networks.isEmpty()) {
            ArrayNode list = spec.putArray("networks");
            networks.forEach(text -> nic(list.addObject(), text));
        }
        ArrayNode line = spec.putArray("command");
        command().forEach(line::add);
        ObjectNode variables = spec.putObject("env");
        env.forEach(variables::put);
        ObjectNode hosts = spec.putObject("hostLabels");
        hostLabels.forEach(hosts::put);
        userData.ifPresent(file -> spec.put("userData", read("--user-data", file)));
        ArrayNode lines = spec.putArray("keys");
        for (Path file : keys) {
            read("--key", file)
                    .lines()
                    .map(String::strip)
                    .filter(l -> !l.isEmpty() && !l.startsWith("#"))
                    .forEach(lines::add);
        }
        return spec;
    }

    private List<String> command() {
        if (command.isPresent() && !words.isEmpty()) {
            throw Trouble.usage("give the command once: by --command or after --");
        }
        return command.map(ShellWords::split).orElse(words);
    }

    private static void nic(ObjectNode nic, String text) {
        int colon = text.indexOf(':');
        nic.put("network", colon < 0 ? text : text.substring(0, colon));
        if (colon >= 0) {
            nic.put("address", text.substring(colon + 1));
        }
    }

    private static String read(String option, Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw Trouble.usage(
                    option + ": " + file + " cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }
}

package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import yunqi.core.base.EngineException;
import yunqi.core.network.NicPlan;
import yunqi.drivers.process.Command;

/** The interfaces and namespaces of this host, through {@code ip}. */
final class Links {
    private static final Duration QUICK =
            Duration.ofSeconds(10); // the kernel answers in milliseconds; a busy machine in more

    private final OvsEngine.Place place;
    private final ReentrantLock adding = new ReentrantLock();

    Links(OvsEngine.Place place) {
        this.place = place;
    }

    /** Our links on the host, by name, with whom they belong to; and those of them whose other end somebody holds. */
    record Known(SortedMap<String, LinkScript.Mark> marked, Set<String> held) {}

    /** Our links on the host, by name, with whom they belong to. */
    SortedMap<String, LinkScript.Mark> marked() throws EngineException {
        return known().marked();
    }

    Known known() throws EngineException {
        var links = new TreeMap<String, LinkScript.Mark>();
        var held = new TreeSet<String>();
        for (JsonNode link : json(onHost("ip", "-j", "link", "show"))) {
            LinkScript.Mark.parse(link.path("ifalias").asText(""))
                    .ifPresent(mark -> links.put(link.path("ifname").asText(), mark));
            link.path("flags").forEach(flag -> {
                if (flag.asText().equals("LOWER_UP")) {
                    held.add(link.path("ifname").asText());
                }
            });
        }
        return new Known(links, held);
    }

    boolean there(String device) throws EngineException {
        return Command.run(QUICK, Map.of(), onHost("ip", "link", "show", "dev", device))
                .good();
    }

    boolean namespaceThere(UUID instance) {
        return Files.exists(LinkScript.namespacePath(instance));
    }

    /** The addresses inside the instance's namespace; empty if its file is there but is no namespace (a crash between the two does that). */
    Optional<JsonNode> inside(UUID instance) throws EngineException {
        Command.Result result =
                Command.run(QUICK, Map.of(), List.of("ip", "-n", LinkScript.namespace(instance), "-j", "addr", "show"));
        return result.good() ? Optional.of(parse(result.output())) : Optional.empty();
    }

    /** True if the interface of that index is as planned, but for its state. */
    static boolean asPlanned(JsonNode inside, int index, NicPlan nic) {
        for (JsonNode link : inside) {
            if (link.path("ifname").asText().equals(LinkScript.inner(index))) {
                return link.path("address").asText().equals(nic.mac().toString())
                        && link.path("mtu").asInt() == nic.mtu()
                        && onlyAddress(link.path("addr_info"), nic);
            }
        }
        return false;
    }

    private static boolean onlyAddress(JsonNode addresses, NicPlan nic) {
        for (JsonNode address : addresses) {
            if (address.path("family").asText().equals("inet")
                    && !(address.path("local").asText().equals(nic.ip().toString())
                            && address.path("prefixlen").asInt() == nic.prefix())) {
                return false;
            }
        }
        return true; // none at all is well: it is added next
    }

    /** Makes the namespace. One at a time: the first of a boot also makes the folder a mount, and two that try this at once fail. */
    void addNamespace(UUID instance) throws EngineException {
        adding.lock();
        try {
            Command.must(QUICK, List.of("ip", "netns", "add", LinkScript.namespace(instance)));
        } finally {
            adding.unlock();
        }
    }

    void removeNamespace(UUID instance) throws EngineException {
        Command.must(QUICK, List.of("ip", "netns", "del", LinkScript.namespace(instance)));
    }

    /** Carries out lines of {@code ip -batch} on the host, up to the first that fails. */
    void host(List<String> lines) throws EngineException {
        batch(lines, file -> onHost("ip", "-batch", file));
    }

    /** The same in the instance's namespace. */
    void inside(UUID instance, List<String> lines) throws EngineException {
        batch(lines, file -> List.of("ip", "-n", LinkScript.namespace(instance), "-batch", file));
    }

    /** Removes links; one that is gone already is as good. */
    void remove(List<String> devices) throws EngineException {
        for (String device : devices) {
            Command.Result result = Command.run(QUICK, Map.of(), onHost("ip", "link", "del", "dev", device));
            if (!result.good() && there(device)) {
                throw new EngineException(
                        EngineException.Kind.REFUSED,
                        "cannot remove " + device + ": " + result.errors().strip());
            }
        }
    }

    /**
     * Lets the instance's kernel compute checksums: those left to a device that isn't there are wrong, and the userspace datapath of Open vSwitch 3.1
     * passes them on (DHCP and ping work then, TCP and DNS don't).
     */
    void computeChecksums(UUID instance, int index) throws EngineException {
        Command.must(
                QUICK,
                List.of(
                        "nsenter",
                        "--net=" + LinkScript.namespacePath(instance),
                        "--",
                        "ethtool",
                        "-K",
                        LinkScript.inner(index),
                        "tx",
                        "off"));
    }

    private interface CommandOf {
        List<String> with(String file);
    }

    private void batch(List<String> lines, CommandOf command) throws EngineException {
        Path file;
        try {
            file = Files.createTempFile(place.run(), "ip", ".batch");
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.NO_CAPACITY, "cannot write to " + place.run() + ": " + e.getMessage(), e);
        }
        try {
            Files.writeString(file, String.join("\n", lines) + "\n", StandardCharsets.UTF_8);
            Command.must(QUICK, command.with(file.toString()));
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.NO_CAPACITY, "cannot write " + file + ": " + e.getMessage(), e);
        } finally {
            file.toFile().delete();
        }
    }

    private JsonNode json(List<String> command) throws EngineException {
        return parse(Command.must(QUICK, command));
    }

    private static JsonNode parse(String text) throws EngineException {
        try {
            return OvsdbJson.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.REFUSED, "ip printed no JSON: " + e.getMessage(), e);
        }
    }

    private List<String> onHost(String... command) {
        var all = new ArrayList<>(place.on());
        all.addAll(List.of(command));
        return all;
    }
}

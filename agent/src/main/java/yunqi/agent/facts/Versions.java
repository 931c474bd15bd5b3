package yunqi.agent.facts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;

/** Which engines are installed, and in which version: each is asked. */
public final class Versions {
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final List<String> FOLDERS =
            List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");
    private static final Pattern VERSION = Pattern.compile("\\d+(\\.\\d+)+");
    private static final Map<String, String> PROGRAMS = new TreeMap<>(Map.of(
            "qemu", "qemu-system-" + System.getProperty("os.arch", "").replace("amd64", "x86_64"),
            "libvirt", "libvirtd",
            "docker", "dockerd",
            "containerd", "containerd",
            "runc", "runc",
            "openvswitch", "ovs-vswitchd",
            "ovn", "ovn-controller"));

    private Versions() {}

    /** What is installed, by the engine's name; what isn't there or doesn't answer is left out. */
    public static SortedMap<String, String> installed() {
        SortedMap<String, String> versions = new TreeMap<>();
        PROGRAMS.forEach((engine, program) ->
                path(program).flatMap(Versions::ask).ifPresent(version -> versions.put(engine, version)));
        return versions;
    }

    private static Optional<Path> path(String program) {
        return FOLDERS.stream()
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Optional<String> ask(Path program) {
        try {
            Command.Result result = Command.run(LONGEST, Map.of(), List.of(program.toString(), "--version"));
            return result.good() ? version(result.output()) : Optional.empty();
        } catch (EngineException e) {
            return Optional.empty();
        }
    }

    /** The first version in what a program says of itself. */
    static Optional<String> version(String text) {
        Matcher matcher = VERSION.matcher(text);
        return matcher.find() ? Optional.of(matcher.group()) : Optional.empty();
    }
}

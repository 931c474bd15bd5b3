package yunqi.cli.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command lines of server and agent. Pure. */
record Launch(Path jdk, Path jars) {
    /** Both call native libraries: libvirt, and terminals. */
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

    /** The server; as its own user where this one is root. */
    List<String> server(Root root, boolean asRoot) {
        List<String> command = new ArrayList<>(asRoot ? Account.prefix() : List.of());
        command.addAll(List.of(
                java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                NATIVE,
                "-cp",
                jars.resolve("yunqi-server.jar").toString(),
                "yunqi.server.Main",
                "--config",
                root.serverConfig().toString()));
        return command;
    }

    /** The agent. {@code verb}: {@code run}, {@code join}, {@code down} or {@code purge}; {@code more} are that verb's own words. */
    List<String> agent(Root root, String verb, List<String> more) {
        List<String> command = new ArrayList<>(List.of(
                java(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                NATIVE,
                "-cp",
                jars.resolve("yunqi-agent.jar").toString(),
                "yunqi.agent.Main",
                verb,
                "--config",
                root.agentConfig().toString()));
        command.addAll(more);
        return command;
    }

    private String java() {
        return jdk.resolve("bin/java").toString();
    }
}

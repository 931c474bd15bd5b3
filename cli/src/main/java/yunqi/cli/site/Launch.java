package yunqi.cli.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import yunqi.core.wire.Release;

/** The command lines of server and agent. Pure. */
record Launch(Path jdk, Path jars) {
    /** Both call native libraries: libvirt, and terminals. */
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

    /** Compiles what was called ten times less often than usual: a fresh server's or agent's first calls are waited for by people. */
    private static final String EAGER = "-XX:CompileThresholdScaling=0.1";

    /** The server; as its own user where this one is root. {@code verb}: {@code run}, {@code migrate}, or {@code down}, which ends the site's engines after the server. */
    List<String> server(Root root, String verb, boolean asRoot) {
        List<String> command = new ArrayList<>(asRoot ? Account.prefix() : List.of());
        command.addAll(List.of(
                java(),
                "-Xmx640m", // for a hundred thousand instances; it takes what it needs
                "-XX:NewRatio=1", // most of what a call makes is garbage after it
                "-XX:MaxNewSize=128m",
                "-XX:+UseSerialGC",
                EAGER,
                NATIVE,
                build(),
                "-cp",
                jars.resolve("yunqi-server.jar").toString(),
                "yunqi.server.Main",
                verb,
                "--config",
                root.serverConfig().toString()));
        return command;
    }

    /** What makes backups and brings them back, with everything that it is told. */
    List<String> backup(String verb, Root root, Path path, boolean images) {
        List<String> command = new ArrayList<>(List.of(
                java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                NATIVE,
                "-cp",
                jars.resolve("yunqi-server.jar").toString(),
                "yunqi.server.BackupMain",
                verb,
                "--config",
                root.serverConfig().toString(),
                path.toAbsolutePath().toString()));
        if (images) {
            command.add("--images");
        }
        return command;
    }

    /** The agent. {@code verb}: {@code run}, {@code join}, {@code down} or {@code purge}. */
    List<String> agent(String verb, Path config) {
        return List.of(
                java(),
                "-Xmx64m",
                "-Xmn6m", // a short-lived object here is of some kilobytes, and memory that was once touched stays
                // resident
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                EAGER,
                NATIVE,
                build(),
                "-cp",
                jars.resolve("yunqi-agent.jar").toString(),
                "yunqi.agent.Main",
                verb,
                "--config",
                config.toString());
    }

    /** What both say they are. */
    private String build() {
        return "-D" + Release.BUILD + "=" + Builds.name(jars);
    }

    private String java() {
        return jdk.resolve("bin/java").toString();
    }
}

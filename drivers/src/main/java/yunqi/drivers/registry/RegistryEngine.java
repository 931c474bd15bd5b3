package yunqi.drivers.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Daemon;

/** Debian's docker-registry on this machine's own address: whoever else wants it comes through the server, which knows who may. */
public final class RegistryEngine {
    /** It must not be reached but through the server. */
    public static final String ADDRESS = "127.0.0.1";

    private static final Duration PATIENCE = Duration.ofSeconds(30); // it needs a tenth of a second when quiet

    private RegistryEngine() {}

    /** Writes the file that {@link #daemons} names. To be called before they start. */
    public static void install(Path root, int port) throws EngineException {
        Path file = config(root);
        try {
            Files.createDirectories(file.resolveSibling("data"));
            Path fresh = file.resolveSibling("config.yml.new");
            Files.writeString(fresh, configText(root, port));
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    /** The registry. {@code user} owns {@code ROOT/server/registry}; empty for whoever starts it. */
    public static List<Daemon> daemons(Path root, int port, Optional<String> user) {
        return List.of(new Daemon(
                "registry",
                List.of("docker-registry", "serve", config(root).toString()),
                Map.of("OTEL_TRACES_EXPORTER", "none"),
                root.resolve("run").resolve("registry.pid"),
                root.resolve("log").resolve("registry.log"),
                user,
                new Daemon.Ready.Port(ADDRESS, port),
                PATIENCE));
    }

    /** The registry's config file. Pure. */
    static String configText(Path root, int port) {
        return """
                version: 0.1
                log:
                  level: warn
                  accesslog:
                    disabled: true
                storage:
                  filesystem:
                    rootdirectory: '%s'
                  delete:
                    enabled: true
                  maintenance:
                    uploadpurging:
                      enabled: true
                      age: 24h
                      interval: 6h
                      dryrun: false
                http:
                  addr: %s:%d
                """.formatted(config(root).resolveSibling("data").toString().replace("'", "''"), ADDRESS, port);
    }

    private static Path config(Path root) {
        return root.resolve("server").resolve("registry").resolve("config.yml");
    }
}

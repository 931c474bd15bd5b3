package yunqi.drivers.ovn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;

/** A file of an OVSDB server: made if it isn't there, and brought to the schema of the installed package if that is newer. */
record DatabaseFile(Path file, Path schema) {
    private static final Duration LONGEST =
            Duration.ofSeconds(60); // converting rewrites the file; a large one on a slow disk

    /** Call only while no server has the file open. {@code user} will own it, if we are root and one is named. */
    void prepare(Optional<String> user) throws EngineException {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot make the folder of " + file + ": " + e.getMessage(), e);
        }
        if (!Files.exists(schema)) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    schema + " is missing: install the packages openvswitch-switch and ovn-central");
        }
        if (!Files.exists(file)) {
            tool(user, "create");
        } else if (tool(user, "needs-conversion").strip().equals("yes")) {
            tool(user, "convert");
        }
    }

    private String tool(Optional<String> user, String verb) throws EngineException {
        var command = new ArrayList<String>();
        user.filter(name -> OvsEngine.root())
                .ifPresent(name -> command.addAll(List.of("setpriv", "--reuid=" + name, "--clear-groups", "--")));
        command.addAll(List.of("ovsdb-tool", "-vsyslog:off", verb, file.toString(), schema.toString()));
        return Command.must(LONGEST, command);
    }
}

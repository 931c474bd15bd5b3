package yunqi.agent.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import yunqi.core.base.EngineException;

/**
 * In which boot the host is: a new one begins with every boot of the machine, and whenever the host is taken down on purpose. Nothing that ran in one runs in the
 * next, and it is no instance's fault that it has to be started again.
 */
public final class Boots {
    private static final String FILE = "taken-down";

    private final Path file;

    /** {@code folder} is the agent's. */
    public Boots(Path folder) {
        this.file = folder.resolve(FILE);
    }

    /** The present one, in this boot of the machine. */
    public String current(String machine) throws EngineException {
        try {
            return Files.exists(file) ? machine + "." + Files.readString(file).strip() : machine;
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Begins the next one. To be called before the first instance is ended. */
    public void next() throws EngineException {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, UUID.randomUUID().toString());
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private EngineException broken(IOException e) {
        return new EngineException(EngineException.Kind.UNAVAILABLE, "cannot use " + file + ": " + e.getMessage(), e);
    }
}

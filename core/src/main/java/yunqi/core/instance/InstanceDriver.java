package yunqi.core.instance;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.network.Attachment;

/**
 * The instances of one type on one host. Every method may be repeated after a crash and then finds its earlier self by the instance's id. Several
 * threads may call at once, for different instances. An engine never starts an instance by itself.
 */
public interface InstanceDriver {
    ImageType type();

    /** Everything that this engine has and that carries our mark, whatever its state. */
    List<Found> list() throws EngineException;

    Optional<Found> find(InstanceId id) throws EngineException;

    /**
     * Makes the instance without starting it. If it exists with the same {@code applied}, nothing is done; if with another, it is made anew as planned
     * (a VM keeps its disks; {@code BUSY} while it runs).
     */
    void create(Assignment assignment, LocalImage image, List<Attachment> attachments) throws EngineException;

    /** Starts it; nothing is done if it runs. {@code REFUSED} if it isn't there. */
    void start(InstanceId id) throws EngineException;

    /**
     * Some of a running instance's ports were made anew, and nothing holds their other end: the instance is to use them. Nothing is to be done where instances find such ports by themselves.
     */
    default void replug(Assignment assignment, List<Attachment> attachments) throws EngineException {}

    /** Asks it to end, and ends it after {@code grace}; nothing is done if it doesn't run or isn't there. */
    void stop(InstanceId id, Duration grace) throws EngineException;

    /** Removes it with everything that belongs to it alone, running or not; nothing is done if it isn't there. */
    void remove(InstanceId id) throws EngineException;

    /** The serial console of a VM, or the terminal of a container's first process. Several may be open. */
    Session console(InstanceId id) throws EngineException;

    /** Runs a command inside; {@code REFUSED} where the engine cannot ({@code console} can then be used). */
    Session exec(InstanceId id, List<String> command, boolean terminal) throws EngineException;

    /** What it printed: its last {@code tail} lines (all with a negative number), and on until closed if {@code follow}. */
    Session logs(InstanceId id, int tail, boolean follow) throws EngineException;

    /** Calls back, from any thread, with an instance that may have changed: a wake-up, never a fact. Lost wake-ups are found by {@link #list}. */
    AutoCloseable watch(java.util.function.Consumer<InstanceId> changed) throws EngineException;
}

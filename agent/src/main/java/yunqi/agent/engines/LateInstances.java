package yunqi.agent.engines;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.Session;
import yunqi.core.network.Attachment;

/** The instances of an engine that comes up beside the agent. Whoever watches before it is there watches from when it is. */
final class LateInstances implements InstanceDriver {
    private final ImageType type;
    private final Late<InstanceDriver> late;
    private final List<Consumer<InstanceId>> watchers = new CopyOnWriteArrayList<>();

    LateInstances(ImageType type, Late<InstanceDriver> late) {
        this.type = type;
        this.late = late;
    }

    /** The engine is there. */
    void there(InstanceDriver driver) throws EngineException {
        // Watched once for all, for as long as the process lives: the driver's wake-ups are passed on to whoever
        // listens then.
        AutoCloseable forGood = driver.watch(id -> watchers.forEach(watcher -> watcher.accept(id)));
        if (!driver.type().equals(type)) {
            throw new IllegalArgumentException(forGood + " watches an engine for " + driver.type());
        }
        late.there(driver);
    }

    @Override
    public ImageType type() {
        return type;
    }

    @Override
    public List<Found> list() throws EngineException {
        return late.get().list();
    }

    @Override
    public Optional<Found> find(InstanceId id) throws EngineException {
        return late.get().find(id);
    }

    @Override
    public void create(Assignment assignment, LocalImage image, List<Attachment> attachments) throws EngineException {
        late.get().create(assignment, image, attachments);
    }

    @Override
    public void start(InstanceId id) throws EngineException {
        late.get().start(id);
    }

    @Override
    public void replug(Assignment assignment, List<Attachment> attachments) throws EngineException {
        late.get().replug(assignment, attachments);
    }

    @Override
    public void stop(InstanceId id, Duration grace) throws EngineException {
        late.get().stop(id, grace);
    }

    @Override
    public void remove(InstanceId id) throws EngineException {
        late.get().remove(id);
    }

    @Override
    public Session console(InstanceId id) throws EngineException {
        return late.get().console(id);
    }

    @Override
    public Session exec(InstanceId id, List<String> command, boolean terminal) throws EngineException {
        return late.get().exec(id, command, terminal);
    }

    @Override
    public Session logs(InstanceId id, int tail, boolean follow) throws EngineException {
        return late.get().logs(id, tail, follow);
    }

    @Override
    public AutoCloseable watch(Consumer<InstanceId> changed) {
        Consumer<InstanceId> watcher = id -> changed.accept(id);
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }
}

package yunqi.trials.simulation.planted;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
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

/** A driver that is another one, but for what a subclass does differently. */
public class InstancesWrapper implements InstanceDriver {
    private final InstanceDriver driver;

    public InstancesWrapper(InstanceDriver driver) {
        this.driver = driver;
    }

    @Override
    public ImageType type() {
        return driver.type();
    }

    @Override
    public List<Found> list() throws EngineException {
        return driver.list();
    }

    @Override
    public Optional<Found> find(InstanceId id) throws EngineException {
        return driver.find(id);
    }

    @Override
    public void create(Assignment assignment, LocalImage image, List<Attachment> attachments) throws EngineException {
        driver.create(assignment, image, attachments);
    }

    @Override
    public void start(InstanceId id) throws EngineException {
        driver.start(id);
    }

    @Override
    public void stop(InstanceId id, Duration grace) throws EngineException {
        driver.stop(id, grace);
    }

    @Override
    public void remove(InstanceId id) throws EngineException {
        driver.remove(id);
    }

    @Override
    public Session console(InstanceId id) throws EngineException {
        return driver.console(id);
    }

    @Override
    public Session exec(InstanceId id, List<String> command, boolean terminal) throws EngineException {
        return driver.exec(id, command, terminal);
    }

    @Override
    public Session logs(InstanceId id, int tail, boolean follow) throws EngineException {
        return driver.logs(id, tail, follow);
    }

    @Override
    public AutoCloseable watch(Consumer<InstanceId> changed) throws EngineException {
        return driver.watch(changed);
    }
}

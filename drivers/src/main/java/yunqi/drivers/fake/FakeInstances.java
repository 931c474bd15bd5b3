package yunqi.drivers.fake;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import yunqi.core.base.EngineException;
import yunqi.core.base.EngineException.Kind;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.Session;
import yunqi.core.network.Attachment;

/** The instances of one type on a pretended machine. */
final class FakeInstances implements InstanceDriver {
    private final FakeHost host;
    private final ImageType type;

    FakeInstances(FakeHost host, ImageType type) {
        this.host = host;
        this.type = type;
    }

    @Override
    public ImageType type() {
        return type;
    }

    @Override
    public List<Found> list() throws EngineException {
        return host.perform("instance.list", () -> {
            synchronized (host) {
                return host.shelf().values().stream()
                        .filter(instance -> instance.plan().type() == type)
                        .map(host::found)
                        .toList();
            }
        });
    }

    @Override
    public Optional<Found> find(InstanceId id) throws EngineException {
        return host.perform("instance.find", () -> {
            synchronized (host) {
                return Optional.ofNullable(host.shelf().get(id)).map(host::found);
            }
        });
    }

    @Override
    public void create(Assignment assignment, LocalImage image, List<Attachment> attachments) throws EngineException {
        InstanceId id = assignment.id();
        boolean made = host.perform("instance.create", () -> {
            synchronized (host) {
                FakeInstance here = host.shelf().get(id);
                if (here != null && here.applied().equals(assignment.applied())) {
                    return false;
                }
                if (here != null && here.state() == Found.State.RUNNING) {
                    throw new EngineException(Kind.BUSY, id + " runs; it is made anew once it is stopped");
                }
                host.shelf().put(id, new FakeInstance(assignment));
                return true;
            }
        });
        if (made) {
            host.wake(id);
        }
    }

    @Override
    public void start(InstanceId id) throws EngineException {
        boolean started = host.perform("instance.start", () -> {
            synchronized (host) {
                FakeInstance instance = there(id);
                if (instance.state() == Found.State.RUNNING) {
                    return false;
                }
                instance.start(host.setup().clock().now());
                return true;
            }
        });
        if (started) {
            host.wake(id);
        }
    }

    @Override
    public void stop(InstanceId id, Duration grace) throws EngineException {
        boolean stopped = host.perform("instance.stop", () -> {
            synchronized (host) {
                FakeInstance instance = host.shelf().get(id);
                if (instance == null || instance.state() != Found.State.RUNNING) {
                    return false;
                }
                instance.end(host.setup().clock().now(), Optional.of(0));
                return true;
            }
        });
        if (stopped) {
            host.wake(id);
        }
    }

    @Override
    public void remove(InstanceId id) throws EngineException {
        boolean removed = host.perform("instance.remove", () -> {
            synchronized (host) {
                FakeInstance instance = host.shelf().remove(id);
                if (instance != null) {
                    instance.closeFollowers();
                }
                return instance != null;
            }
        });
        if (removed) {
            host.wake(id);
        }
    }

    @Override
    public Session console(InstanceId id) throws EngineException {
        return host.perform("instance.console", () -> {
            synchronized (host) {
                running(id);
                return new FakeSession();
            }
        });
    }

    @Override
    public Session exec(InstanceId id, List<String> command, boolean terminal) throws EngineException {
        return host.perform("instance.exec", () -> {
            synchronized (host) {
                running(id);
                if (type == ImageType.VM) {
                    throw new EngineException(Kind.REFUSED, "a VM runs no commands from outside; use its console");
                }
                return FakeScript.of(command).run();
            }
        });
    }

    @Override
    public Session logs(InstanceId id, int tail, boolean follow) throws EngineException {
        return host.perform("instance.logs", () -> {
            synchronized (host) {
                return there(id).logs(tail, follow);
            }
        });
    }

    @Override
    public AutoCloseable watch(Consumer<InstanceId> changed) throws EngineException {
        return host.perform("instance.watch", () -> host.watch(changed));
    }

    private FakeInstance there(InstanceId id) throws EngineException {
        FakeInstance instance = host.shelf().get(id);
        if (instance == null) {
            throw new EngineException(Kind.REFUSED, "there is no " + id);
        }
        return instance;
    }

    private void running(InstanceId id) throws EngineException {
        if (there(id).state() != Found.State.RUNNING) {
            throw new EngineException(Kind.REFUSED, id + " does not run");
        }
    }
}

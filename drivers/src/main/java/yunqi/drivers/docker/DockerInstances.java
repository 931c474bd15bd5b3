package yunqi.drivers.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.InternalServerErrorException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.Session;
import yunqi.core.network.Attachment;

/**
 * Containers as instances, one container {@code yq-ID} each, on our own Docker Engine. A container has no terminal of its own, so that its output
 * is kept in two channels: {@link #console} is a shell with a terminal beside its first process. What a container changed in its own files is
 * lost when its plan or run epoch changes, as it is made anew then.
 */
public final class DockerInstances implements InstanceDriver, AutoCloseable {
    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(2); // removing a large container on a slow disk
    private static final Duration KILL_WITHIN = Duration.ofSeconds(20); // dockerd itself gives up after ten
    private static final List<String> SHELL = List.of("/bin/sh");
    private static final Logger LOG = LoggerFactory.getLogger(DockerInstances.class);

    private final DockerConnection docker;
    private final NetworkRecords networks;
    private final Tasks tasks;

    /** {@code root} is the state root that {@link DockerEngine#daemons} was given. */
    public DockerInstances(Path root) {
        this.docker = new DockerConnection(DockerEngine.socket(root), ANSWER_WITHIN);
        this.networks = new NetworkRecords(DockerEngine.home(root).resolve("netns"));
        this.tasks = new Tasks(root);
    }

    @Override
    public ImageType type() {
        return ImageType.CONTAINER;
    }

    @Override
    public List<Found> list() throws EngineException {
        Instant now = Instant.now();
        List<Container> all = docker.call(
                "listing containers",
                c -> c.listContainersCmd()
                        .withShowAll(true)
                        .withLabelFilter(List.of(ContainerRequest.INSTANCE))
                        .exec());
        List<Found> found = new ArrayList<>();
        Set<String> ids = new TreeSet<>();
        for (Container container : all) {
            ids.add(container.getId());
            // One that was removed meanwhile is simply not listed.
            look(container.getId()).ifPresent(found::add);
        }
        networks.keepOnly(ids, now);
        return found;
    }

    @Override
    public Optional<Found> find(InstanceId id) throws EngineException {
        return look(ContainerRequest.name(id));
    }

    private Optional<Found> look(String name) throws EngineException {
        Optional<InspectContainerResponse> container = inspect(name);
        if (container.isPresent() && FoundContainer.endMissed(container.get())) {
            // Dockerd misses an end while containerd is away, and would call the container running for ever. A signal
            // that
            // cannot be delivered makes it look; this one does nothing should the container have been started
            // meanwhile.
            docker.find("looking after " + name, c -> signal(c, container.get().getId(), "SIGURG"));
        }
        if (container.isPresent() && !FoundContainer.running(container.get())) {
            endForgotten(container.get(), tasks.forgotten(container.get().getId()));
        }
        return container.flatMap(FoundContainer::read);
    }

    private void endForgotten(InspectContainerResponse container, boolean forgotten) throws EngineException {
        if (forgotten) {
            LOG.warn("dockerd had forgotten that {} runs: it is ended", container.getName());
            tasks.end(container.getId());
        }
    }

    private static boolean signal(DockerClient client, String container, String signal) {
        try {
            client.killContainerCmd(container).withSignal(signal).exec();
            return true;
        } catch (ConflictException | InternalServerErrorException e) {
            LOG.debug("{} is not running, as expected", container, e);
            return false;
        }
    }

    private Optional<InspectContainerResponse> inspect(String container) throws EngineException {
        return docker.find(
                "looking at " + container, c -> c.inspectContainerCmd(container).exec());
    }

    @Override
    public void create(Assignment assignment, LocalImage image, List<Attachment> attachments) throws EngineException {
        String name = ContainerRequest.name(assignment.id());
        Optional<Found> earlier = find(assignment.id());
        if (earlier.isPresent()
                && earlier.get().applied().equals(assignment.applied())
                && earlier.get().epoch() == assignment.epoch()) {
            return;
        }
        if (earlier.isPresent() && earlier.get().state() == Found.State.RUNNING) {
            throw new EngineException(
                    EngineException.Kind.BUSY, name + " runs; it must be stopped before it is made anew");
        }
        if (earlier.isPresent()) {
            remove(assignment.id());
        }
        var request = docker.call("creating " + name, c -> c.createContainerCmd(image.location()));
        var filled = ContainerRequest.describe(request, assignment, image, attachments);
        docker.call("creating " + name, _ -> filled.exec());
    }

    @Override
    public void start(InstanceId id) throws EngineException {
        InspectContainerResponse container = here(id);
        if (FoundContainer.running(container)) {
            return;
        }
        networks.write(container.getId(), FoundContainer.label(container, ContainerRequest.NAMESPACE));
        // Dockerd may still be busy with the end of the last run, and would wait for it; a forgotten one it cannot end.
        try {
            docker.call("starting " + ContainerRequest.name(id), c -> start(c, container.getId()));
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.BUSY || !tasks.there(container.getId())) {
                throw e;
            }
            endForgotten(container, true);
            docker.call("starting " + ContainerRequest.name(id), c -> start(c, container.getId()));
        }
    }

    private static boolean start(DockerClient client, String container) {
        try {
            client.startContainerCmd(container).exec();
            return true;
        } catch (NotModifiedException e) {
            LOG.debug("{} was started meanwhile", container, e);
            return false;
        }
    }

    private InspectContainerResponse here(InstanceId id) throws EngineException {
        return inspect(ContainerRequest.name(id))
                .orElseThrow(() -> new EngineException(
                        EngineException.Kind.REFUSED, "there is no container " + ContainerRequest.name(id)));
    }

    @Override
    public void stop(InstanceId id, Duration grace) throws EngineException {
        Optional<InspectContainerResponse> container = inspect(ContainerRequest.name(id));
        if (container.isEmpty()) {
            return;
        }
        if (!FoundContainer.running(container.get())) {
            endForgotten(container.get(), tasks.there(container.get().getId()));
            return;
        }
        // The client library neither knows the signal that an image wants nor how to wait for longer than for other
        // calls.
        long seconds = Math.ceilDiv(grace.toMillis(), 1000L);
        String target = "/containers/" + container.get().getId() + "/stop?t=" + seconds;
        Duration within = Duration.ofSeconds(seconds).plus(KILL_WITHIN);
        try {
            EngineStream.open(docker.socket(), new EngineStream.Request("POST", target, "", within))
                    .close();
        } catch (EngineException e) {
            if (find(id).filter(found -> found.state() == Found.State.RUNNING).isPresent()) {
                throw e;
            }
            LOG.debug("{} ended before it was told to", id, e);
        }
    }

    @Override
    public void remove(InstanceId id) throws EngineException {
        String name = ContainerRequest.name(id);
        Optional<InspectContainerResponse> container = inspect(name);
        if (container.isEmpty()) {
            return;
        }
        String engineId = container.get().getId();
        if (!FoundContainer.running(container.get())) {
            endForgotten(container.get(), tasks.there(engineId));
        }
        docker.find("removing " + name, c -> {
            c.removeContainerCmd(engineId)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
            return true;
        });
        networks.remove(engineId);
    }

    @Override
    public Session console(InstanceId id) throws EngineException {
        return run(id, SHELL, ExecSession.Kind.CONSOLE);
    }

    @Override
    public Session exec(InstanceId id, List<String> command, boolean terminal) throws EngineException {
        return run(id, command, terminal ? ExecSession.Kind.TERMINAL : ExecSession.Kind.PLAIN);
    }

    private Session run(InstanceId id, List<String> command, ExecSession.Kind kind) throws EngineException {
        InspectContainerResponse container = here(id);
        if (!FoundContainer.running(container)) {
            throw new EngineException(
                    EngineException.Kind.REFUSED, ContainerRequest.name(id) + " does not run: start it first");
        }
        boolean terminal = kind != ExecSession.Kind.PLAIN;
        String exec = docker.call(
                        "running a command in " + ContainerRequest.name(id),
                        c -> c.execCreateCmd(container.getId())
                                .withAttachStdin(true)
                                .withAttachStdout(true)
                                .withAttachStderr(true)
                                .withTty(terminal)
                                .withEnv(terminal ? List.of("TERM=xterm-256color") : List.of())
                                .withCmd(command.toArray(String[]::new))
                                .exec())
                .getId();
        String how = "{\"Detach\":false,\"Tty\":" + terminal + "}";
        EngineStream stream =
                EngineStream.open(docker.socket(), EngineStream.Request.post("/exec/" + exec + "/start", how));
        return new ExecSession(docker, stream, exec, kind);
    }

    /** A log that is followed ends with the container's run. */
    @Override
    public Session logs(InstanceId id, int tail, boolean follow) throws EngineException {
        String target = "/containers/" + ContainerRequest.name(id) + "/logs?stdout=1&stderr=1&follow="
                + (follow ? 1 : 0) + "&tail=" + (tail < 0 ? "all" : tail);
        return new LogSession(EngineStream.open(docker.socket(), EngineStream.Request.get(target)));
    }

    @Override
    public AutoCloseable watch(Consumer<InstanceId> changed) {
        return new EngineEvents(docker.socket(), changed, () -> {
            try {
                list().forEach(found -> changed.accept(found.id()));
            } catch (EngineException e) {
                LOG.debug("what changed while there were no events is found by the next list", e);
            }
        });
    }

    @Override
    public void close() throws IOException {
        docker.close();
    }
}

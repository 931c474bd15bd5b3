package yunqi.drivers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;
import static yunqi.drivers.contract.Eventually.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.instance.Session;
import yunqi.core.network.Attachment;
import yunqi.core.network.PortId;
import yunqi.drivers.contract.SmallDisk;

/** What tenants write reaches a container as it is and nobody else; and an engine whose disk is full says so. */
final class DockerTroubleIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** For a shell, XML, JSON, YAML, a path, a terminal, a format; everything but NUL, which no process can be given. */
    private static final String EVIL =
            "'\"$(touch /evil)`touch /evil`;touch /evil&|>/evil\n\r\t\\\\n\\u0000%s%n${HOME}~*?[a]{b}!!x &amp;]]><!--"
                    + "</env>}],\"namespaces\":[] key: [&a *a] ../../etc/passwd --privileged \u0001\u001b[2J\u007f\u009b2J\u202e云é😀";

    private static final String NAME = "txt";
    private static final SmallDisk DISK =
            new SmallDisk(DockerEngine.home(Path.of("/tmp/yq-it-" + NAME)).resolve("data"));

    private static @Nullable EngineHere engine;
    private static @Nullable BusyboxSource source;

    private final DockerInstances driver = new DockerInstances(engine().root());

    @BeforeAll
    static void start() throws Exception {
        DISK.unmount();
        engine = new EngineHere(NAME);
        source = new BusyboxSource();
    }

    @AfterAll
    static void stop() throws Exception {
        DISK.unmount();
        engine().remove();
    }

    private static EngineHere engine() {
        return Optional.ofNullable(engine).orElseThrow();
    }

    private static LocalImage image() throws Exception {
        try (DockerImages images =
                new DockerImages(engine().root(), Optional.ofNullable(source).orElseThrow())) {
            return images.ensure(Optional.ofNullable(source).orElseThrow().good());
        }
    }

    /** As command, as environment, as what is run later, in what it prints. */
    @Test
    void whatTenantsWriteIsHandedOverAsItIs() throws Exception {
        InstanceId id = new InstanceId(UUID.randomUUID());
        var plan = Plans.plan(
                id,
                image().digest(),
                List.of("sh", "-c", "printf %s \"$1\" > /given; printf '%s\\n' \"$1\"; sleep 3600", EVIL, EVIL),
                Map.of("EVIL", EVIL));
        driver.create(
                new Assignment(plan, Assignment.Wanted.RUNNING, 1, RestartPolicy.ALWAYS, 0, EVIL),
                image(),
                List.of(new Attachment.Namespace(new PortId(new UUID(1, 1)), engine().namespacePath(), "eth0")));
        try {
            driver.start(id);
            within(PATIENCE, "it runs", () -> driver.find(id).orElseThrow().state() == Found.State.RUNNING);
            within(PATIENCE, "its command", () -> run(id, "cat", "/given").equals(EVIL));
            assertThat(run(id, "sh", "-c", "printf %s \"$EVIL\"")).isEqualTo(EVIL);
            assertThat(run(id, "sh", "-c", "printf %s \"$1\"", EVIL, EVIL)).isEqualTo(EVIL);
            assertThat(run(id, "ls", "/evil")).contains("No such file");
            within(PATIENCE, "its log", () -> {
                try (Session logs = driver.logs(id, -1, false)) {
                    return all(logs).equals(EVIL + "\n");
                }
            });
            assertThat(driver.find(id).orElseThrow().applied()).isEqualTo(EVIL);
            assertThat(Path.of("/evil")).doesNotExist();
        } finally {
            driver.remove(id);
        }
    }

    private String run(InstanceId id, String... words) throws Exception {
        try (Session session = driver.exec(id, List.of(words), false)) {
            return all(session);
        }
    }

    private static String all(Session session) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Optional<Session.Chunk> chunk = session.read(); chunk.isPresent(); chunk = session.read()) {
            byte[] bytes = new byte[chunk.get().bytes().remaining()];
            chunk.get().bytes().get(bytes);
            all.write(bytes);
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /** The engine on a small disk of its own, with nothing left on it. */
    @Test
    void aFullDiskIsSaidAndRoomHeals() throws Exception {
        engine().kill("dockerd");
        DISK.mount(64);
        try {
            engine().start();
            DISK.fill();
            complains(EngineException.Kind.NO_CAPACITY, DockerTroubleIT::image);
            complains(EngineException.Kind.NO_CAPACITY, DockerTroubleIT::image);
            DISK.free();
            assertThat(image().location()).isNotEmpty();
        } finally {
            engine().kill("dockerd");
            DISK.unmount();
            engine().start();
        }
    }
}

package yunqi.drivers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.command.CreateContainerCmdImpl;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.Attachment;
import yunqi.core.network.PortId;
import yunqi.core.wire.Wire;

final class ContainerRequestTest {
    private static final Digest IMAGE = new Digest("sha256:" + "a".repeat(64));
    private static final Attachment ATTACHMENT =
            new Attachment.Namespace(new PortId(new UUID(7, 7)), "/run/netns/yq-111111112222", "eth0");

    private static CreateContainerCmdImpl describe(
            List<String> command, Map<String, String> env, List<Attachment> attachments) throws EngineException {
        var assignment = new Assignment(
                Plans.plan(Plans.ID, IMAGE, command, env),
                Assignment.Wanted.RUNNING,
                3,
                RestartPolicy.ALWAYS,
                0,
                "f".repeat(64));
        var blank = new CreateContainerCmdImpl(
                _ -> {
                    throw new IllegalStateException("nothing is sent here");
                },
                new AuthConfig(),
                "sha256:" + "b".repeat(64));
        var image = new LocalImage(IMAGE, ImageType.CONTAINER, "sha256:" + "b".repeat(64));
        return (CreateContainerCmdImpl) ContainerRequest.describe(blank, assignment, image, attachments);
    }

    @Test
    void theRequestIsAsWrittenDown() throws Exception {
        var request = describe(
                List.of("sh", "-c", "echo \"$X\"; rm -rf '/tmp/*'"),
                Map.of("X", "a b\n$(reboot)", "A", ""),
                List.of(ATTACHMENT));
        JsonNode sent = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .build()
                .getObjectMapper()
                .valueToTree(request);
        assertThat(Wire.lenient().readTree(sent(sent).toString())).isEqualTo(golden());
    }

    /** What the engine reads: fields that are null or empty are as if they were not there. */
    private static JsonNode sent(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.forEach(ContainerRequestTest::sent);
            object.removeIf(value -> value.isNull() || (value.isObject() && value.isEmpty()));
        }
        return node;
    }

    private static JsonNode golden() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(ContainerRequestTest.class.getResourceAsStream("container-request.json"))) {
            return Wire.lenient().readTree(in.readAllBytes());
        }
    }

    @Test
    void withoutCommandTheImageDecides() throws Exception {
        var request = describe(List.of(), Map.of(), List.of(ATTACHMENT));
        assertThat(request.getCmd()).isNull();
        assertThat(request.getEntrypoint()).isNull();
    }

    @Test
    void aContainerWithoutOneNamespaceIsRefused() {
        var other = new Attachment.Namespace(new PortId(new UUID(7, 8)), "/run/netns/other", "eth1");
        var tap = new Attachment.Tap(new PortId(new UUID(7, 9)), "yqt0");
        for (List<Attachment> wrong : List.<List<Attachment>>of(List.of(), List.of(tap), List.of(ATTACHMENT, other))) {
            assertThatThrownBy(() -> describe(List.of(), Map.of(), wrong))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.REFUSED));
        }
    }
}

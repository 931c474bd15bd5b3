package yunqi.trials.bench;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import yunqi.trials.lab.Cloud;

/** What the cloud's own Docker Engine needs for a container of the same image, asked directly. */
final class ContainerBaseline implements AutoCloseable {
    private final DockerClient docker;
    private final String image;

    private ContainerBaseline(DockerClient docker, String image) {
        this.docker = docker;
        this.image = image;
    }

    /** Makes one container through the platform first, so that the image is there, and takes that image. */
    static ContainerBaseline open(Cloud cloud) {
        cloud.yunqi("instance", "create", "bench-first", "--type", "container", "--image", "busybox", "--wait")
                .mustSucceed();
        URI socket = URI.create("unix://" + cloud.root().resolve("run/docker.sock"));
        DockerClient docker = DockerClientImpl.getInstance(
                DefaultDockerClientConfig.createDefaultConfigBuilder()
                        .withDockerHost(socket.toString())
                        .build(),
                new ZerodepDockerHttpClient.Builder().dockerHost(socket).build());
        Container first = docker.listContainersCmd().exec().getFirst();
        String image = docker.inspectContainerCmd(first.getId()).exec().getImageId();
        cloud.yunqi("instance", "delete", "bench-first", "--wait").mustSucceed();
        return new ContainerBaseline(docker, image == null ? first.getImage() : image);
    }

    /** Create and start, in milliseconds; the container is removed afterwards. */
    double createAndStart(String name) throws Exception {
        String[] id = {""};
        try {
            return FirstLight.milliseconds(() -> {
                // Docker's own runtime: no namespace of ours to join.
                CreateContainerCmd create = docker.createContainerCmd(image)
                        .withName(name)
                        .withCmd(List.of("sh", "-c", "sleep 3600"))
                        .withHostConfig(HostConfig.newHostConfig()
                                .withNetworkMode("none")
                                .withRuntime("runc")
                                .withInit(true)
                                .withMemory(128L << 20)
                                .withNanoCPUs(1_000_000_000L)
                                .withPidsLimit(4096L));
                id[0] = create.exec().getId();
                docker.startContainerCmd(id[0]).exec();
                return id[0];
            });
        } finally {
            docker.removeContainerCmd(id[0]).withForce(true).exec();
        }
    }

    @Override
    public void close() throws IOException {
        docker.close();
    }
}

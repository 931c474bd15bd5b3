/**
 * Containers by the Docker Engine: its daemons as values ({@link yunqi.drivers.docker.DockerEngine}), instances, images. Called by the agent, which
 * alone wires it. What is sent to the engine is built in {@code ContainerRequest}; start with {@link yunqi.drivers.docker.DockerInstances}.
 */
@NullMarked
package yunqi.drivers.docker;

import org.jspecify.annotations.NullMarked;

/** Containers on a real Docker Engine of the tests' own, and what is sent to it. Start with {@code DockerInstancesIT}. */
@NullMarked
package yunqi.drivers.docker;

import org.jspecify.annotations.NullMarked;

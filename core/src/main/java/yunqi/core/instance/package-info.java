/**
 * Instances: a VM or a container as one kind with a type. The whole life of an instance is {@code Instances.next} (server) and
 * {@code Assignments.next} (one host). Called by the control loops of server and agent. Start with {@link Instances}.
 */
@NullMarked
package yunqi.core.instance;

import org.jspecify.annotations.NullMarked;

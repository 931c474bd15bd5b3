/**
 * What this machine is: processors, memory, disks, kernel, engines, and whether KVM really works. Called by {@code Main}, which hands it to the
 * local loop. Start with {@link Facts}.
 */
@NullMarked
package yunqi.agent.facts;

import org.jspecify.annotations.NullMarked;

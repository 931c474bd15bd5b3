/**
 * Placement: {@code place(demand, hosts)} and why. It knows demands and hosts, no kinds.
 * Called by the instance loop of the server. Start with {@link Scheduler}.
 */
@NullMarked
package yunqi.core.schedule;

import org.jspecify.annotations.NullMarked;

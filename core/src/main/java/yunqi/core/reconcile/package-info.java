/**
 * The queue and the back-off of every control loop, as pure state machines: what is due at a given time, and how long
 * to wait after a failure. Called by the control loops of server and agent. Start with {@link WorkQueue}.
 */
@NullMarked
package yunqi.core.reconcile;

import org.jspecify.annotations.NullMarked;

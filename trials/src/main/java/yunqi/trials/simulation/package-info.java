/**
 * A whole cloud in one thread, on a clock that is turned by hand: servers, agents, fake engines, a bad link between them, users, and faults drawn from a seed.
 * After every event the invariants are checked; then everything is healed and must converge. The same seed gives the same events. Called by {@code ./dev sim} and by
 * tests. Start with {@link Simulation}.
 */
@NullMarked
package yunqi.trials.simulation;

import org.jspecify.annotations.NullMarked;

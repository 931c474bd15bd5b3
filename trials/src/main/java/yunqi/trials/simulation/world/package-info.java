/**
 * Time, chance and trouble of a simulated cloud: events in order on a clock that is turned by hand, which faults a seed suffers from, and which of them met what. Knows nothing of
 * servers and hosts. Start with {@link World}, then {@link Weather}.
 */
@NullMarked
package yunqi.trials.simulation.world;

import org.jspecify.annotations.NullMarked;

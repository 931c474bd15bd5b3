/**
 * Mistakes that the simulation must find: each wraps what the production code is given. Start with {@link Planted}; {@link Plants} says where each is put.
 */
@NullMarked
package yunqi.trials.simulation.planted;

import org.jspecify.annotations.NullMarked;

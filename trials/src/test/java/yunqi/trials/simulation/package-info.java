/** Whether the simulation sees what it is there to see. */
@NullMarked
package yunqi.trials.simulation;

import org.jspecify.annotations.NullMarked;

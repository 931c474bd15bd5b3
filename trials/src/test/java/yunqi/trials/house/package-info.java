/** The walls of the house, as tests: who may depend on whom, what core may not touch, how large things may grow. Start with {@code WallsTest}. */
@NullMarked
package yunqi.trials.house;

import org.jspecify.annotations.NullMarked;

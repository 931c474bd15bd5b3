/**
 * Whole clouds on this machine, each in a state root, ports and names of its own, brought up by {@code ./yunqi} as a user would, on the real engines:
 * what the README says, and bad days. Start with {@link Cloud}; the tests are {@code FirstLightIT} and {@code BadDaysIT}.
 */
@NullMarked
package yunqi.trials.lab;

import org.jspecify.annotations.NullMarked;

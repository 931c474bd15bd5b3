/**
 * Figures, each with a baseline taken in the same run; written to {@code docs/benchmarks.md} with the machine they were taken on. Called by {@code ./dev bench}.
 * Start with {@link Main}.
 */
@NullMarked
package yunqi.trials.bench;

import org.jspecify.annotations.NullMarked;

/** What was kept or said by an earlier version is read by this one with the same meaning, and the other way round. Start with {@code GoldenTest}. */
@NullMarked
package yunqi.trials.golden;

import org.jspecify.annotations.NullMarked;

/** The {@code yunqi} command: entry, exit codes, and the training run that makes it start fast. Called by the script {@code ./yunqi}. Start with {@code Main}. */
@NullMarked
package yunqi.cli;

import org.jspecify.annotations.NullMarked;

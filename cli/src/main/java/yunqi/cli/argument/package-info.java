/** What arguments mean where a word alone does not say it: a line that is a command, a time to wait. Called by the commands that take such. */
@NullMarked
package yunqi.cli.argument;

import org.jspecify.annotations.NullMarked;

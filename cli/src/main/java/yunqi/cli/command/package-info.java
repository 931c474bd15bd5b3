/** The commands: one file for what belongs together. {@code Tree} builds them, only as much as is called for. Start there. */
@NullMarked
package yunqi.cli.command;

import org.jspecify.annotations.NullMarked;

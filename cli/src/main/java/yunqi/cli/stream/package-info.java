/** Consoles, commands inside instances and logs: bytes between this terminal and an instance. Start with {@code StreamClient}. */
@NullMarked
package yunqi.cli.stream;

import org.jspecify.annotations.NullMarked;

/** The way to a server: which one (contexts), the calls, and what its refusals say to a person. Called by every command. Start with {@code Api}. */
@NullMarked
package yunqi.cli.api;

import org.jspecify.annotations.NullMarked;

/** What a person sees: tables that fit the terminal, JSON, YAML, and the progress of what is waited for. Called by every command. Start with {@code Printer}. */
@NullMarked
package yunqi.cli.show;

import org.jspecify.annotations.NullMarked;

/**
 * The JSON form of the records and the paths of the API; the one place that knows a JSON library.
 * Called by server, agent and CLI. Start with {@link Wire}.
 */
@NullMarked
package yunqi.core.wire;

import org.jspecify.annotations.NullMarked;

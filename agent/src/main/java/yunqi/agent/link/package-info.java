/**
 * The agent's end of the link to the server: joining, assignments in, observations out, streams. Called by the local loop.
 * Start with {@link ServerLink}.
 */
@NullMarked
package yunqi.agent.link;

import org.jspecify.annotations.NullMarked;

/**
 * How many may come at once, how long they may take, and how much is held for each, so that nobody's slowness or number holds up others. Called by both listeners, the API's and
 * the hosts'. Start with {@code Limits}, then {@code Visitors}.
 */
@NullMarked
package yunqi.server.crowd;

import org.jspecify.annotations.NullMarked;

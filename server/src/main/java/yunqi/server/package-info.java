/**
 * The server process: API, control loops, the link to hosts, the site's daemons. Started by {@code ./yunqi up} and by units.
 * Start with {@code Main}, which builds everything; {@code Config} is what it can be told.
 */
@NullMarked
package yunqi.server;

import org.jspecify.annotations.NullMarked;

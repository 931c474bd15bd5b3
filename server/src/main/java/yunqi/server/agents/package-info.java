/**
 * The server's end of the link to hosts: joining, assignments out, observations in, the hosts' ends of streams. Called by agents.
 * Start with {@code HostLink}, which knows no HTTP; {@code LinkServer} is its listener.
 */
@NullMarked
package yunqi.server.agents;

import org.jspecify.annotations.NullMarked;

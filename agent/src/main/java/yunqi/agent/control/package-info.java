/**
 * The local loop: makes what the engines of this host have like what the server assigned, and reports what is seen. It goes on alone while the server is
 * away. {@link HostLoop} knows no threads and no time of its own, so that the simulation can drive it; {@link HostRunner} gives it both. Start with
 * {@code LocalWork}, one step of one instance.
 */
@NullMarked
package yunqi.agent.control;

import org.jspecify.annotations.NullMarked;

/**
 * How a host is shown ({@code HostRoutes}: HTTP and records) and kept ({@code HostTable}: rows and records). Nothing else.
 * Called by {@code Main}; the tables also by control and the host link.
 */
@NullMarked
package yunqi.server.host;

import org.jspecify.annotations.NullMarked;

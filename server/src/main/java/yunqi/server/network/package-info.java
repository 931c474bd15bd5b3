/**
 * How a network is shown ({@code NetworkRoutes}: HTTP and records) and kept ({@code NetworkTable}: rows and records). Nothing else.
 * Called by {@code Main}; the tables also by control and the host link.
 */
@NullMarked
package yunqi.server.network;

import org.jspecify.annotations.NullMarked;

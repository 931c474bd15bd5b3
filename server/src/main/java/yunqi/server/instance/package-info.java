/**
 * How an instance is shown ({@code InstanceRoutes}: HTTP and records) and kept ({@code InstanceTable}: rows and records). Nothing else.
 * Called by {@code Main}; the tables also by control and the host link.
 */
@NullMarked
package yunqi.server.instance;

import org.jspecify.annotations.NullMarked;

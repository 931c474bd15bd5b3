/**
 * How a project is shown ({@code ProjectRoutes}: HTTP and records) and kept ({@code ProjectTable}: rows and records). Nothing else.
 * Called by {@code Main}; the tables also by control and the host link.
 */
@NullMarked
package yunqi.server.project;

import org.jspecify.annotations.NullMarked;

/**
 * How images and flavors are shown ({@code ImageRoutes}, {@code FlavorRoutes}) and kept ({@code ImageTable}, {@code FlavorTable}). Nothing else.
 * Called by {@code Main}; the tables also by control and the host link.
 */
@NullMarked
package yunqi.server.image;

import org.jspecify.annotations.NullMarked;

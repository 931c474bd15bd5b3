/**
 * Images and flavors: what an instance is made from, and how big it is.
 * Called by the API, the instance loop and the drivers that fetch images. Start with {@link Image}.
 */
@NullMarked
package yunqi.core.image;

import org.jspecify.annotations.NullMarked;

/** Builds images from recipes and pushes them to the registry. Start with {@code ImageBuild}. */
@NullMarked
package yunqi.cli.image;

import org.jspecify.annotations.NullMarked;

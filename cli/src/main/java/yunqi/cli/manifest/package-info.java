/** Manifests: YAML documents read with their lines kept, checked before anything is sent. Start with {@code Manifest}. */
@NullMarked
package yunqi.cli.manifest;

import org.jspecify.annotations.NullMarked;

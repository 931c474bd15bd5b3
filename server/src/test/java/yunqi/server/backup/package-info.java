/** Backups that are damaged, of another release, or made by somebody who means ill. */
@NullMarked
package yunqi.server.backup;

import org.jspecify.annotations.NullMarked;

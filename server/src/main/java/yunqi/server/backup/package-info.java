/**
 * Backups of the platform itself, and bringing one back: the database's rows, the authority, keys and settings, in one file. Start with {@code Backup}, which writes one; {@code Archive} reads it, and
 * {@code Restore} puts it in place.
 */
@NullMarked
package yunqi.server.backup;

import org.jspecify.annotations.NullMarked;

/** Bad days of the server: its database, its callers and their number. */
@NullMarked
package yunqi.server.trouble;

import org.jspecify.annotations.NullMarked;

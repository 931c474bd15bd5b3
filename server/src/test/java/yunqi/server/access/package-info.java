@NullMarked
package yunqi.server.access;

import org.jspecify.annotations.NullMarked;

@NullMarked
package yunqi.server.site;

import org.jspecify.annotations.NullMarked;

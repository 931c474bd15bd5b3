@NullMarked
package yunqi.server.tls;

import org.jspecify.annotations.NullMarked;

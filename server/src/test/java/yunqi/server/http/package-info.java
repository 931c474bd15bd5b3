@NullMarked
package yunqi.server.http;

import org.jspecify.annotations.NullMarked;

@NullMarked
package yunqi.server;

import org.jspecify.annotations.NullMarked;

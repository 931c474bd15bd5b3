@NullMarked
package yunqi.server.audit;

import org.jspecify.annotations.NullMarked;

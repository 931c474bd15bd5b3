/** Tests of the control loops, on the store in memory and pretended networks. */
@NullMarked
package yunqi.server.control;

import org.jspecify.annotations.NullMarked;

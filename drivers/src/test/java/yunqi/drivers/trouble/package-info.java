/** Bad days that meet several engines. */
@NullMarked
package yunqi.drivers.trouble;

import org.jspecify.annotations.NullMarked;

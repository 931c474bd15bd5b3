/** Tests of processes with real small processes. */
@NullMarked
package yunqi.drivers.process;

import org.jspecify.annotations.NullMarked;

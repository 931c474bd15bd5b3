/** Tests of the network drivers: rows and scripts as values, and real databases and switches in namespaces of their own. */
@NullMarked
package yunqi.drivers.ovn;

import org.jspecify.annotations.NullMarked;

/** Tests of the libvirt driver: the pure builders against golden files, and the contracts against a real libvirtd. */
@NullMarked
package yunqi.drivers.libvirt;

import org.jspecify.annotations.NullMarked;

/**
 * Virtual machines by libvirt (QEMU with KVM, or emulated where KVM is of no use). Called by the agent: {@link LibvirtEngine} gives the daemons,
 * {@link LibvirtInstances} the instances, {@link VmImages} their images, {@link KvmProbe} the answer whether KVM works. What libvirt is sent is
 * built by {@link DomainXml}, what a guest reads at its first boot by {@link yunqi.core.instance.Seed}. Start with {@link LibvirtInstances}.
 */
@NullMarked
package yunqi.drivers.libvirt;

import org.jspecify.annotations.NullMarked;

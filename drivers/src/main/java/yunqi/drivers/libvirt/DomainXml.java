package yunqi.drivers.libvirt;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import yunqi.core.instance.InstancePlan;
import yunqi.core.network.NicPlan;

/** What libvirt is told about a VM. Pure: the same input gives the same text. */
final class DomainXml {
    /** The namespace of the element in which we keep what {@code create} was given. */
    static final String NAMESPACE = "urn:yunqi:instance:1";

    static final String AGENT = "org.qemu.guest_agent.0";
    private static final int CODE_CACHE_MEBIBYTES =
            64; // translated code of an emulated guest; QEMU's default is a quarter of its memory
    private static final int SPARE_PORTS = 4; // slots into which disks and interfaces can be plugged later

    /** How guests run on this host. {@code offloads}: frames may pass the host unfinished, to be cut and summed by its hardware or kernel. */
    record Hypervisor(boolean kvm, boolean offloads) {}

    /** The kernel that is started without a boot loader. */
    record Kernel(Path kernel, Optional<Path> initrd, String commandLine) {}

    /** The files of a VM: its disk and the image's that it stands on, its seed, and where its console is reached and kept. */
    record Files(Path disk, Path base, Optional<Path> seed, Optional<Kernel> kernel, Path console, Path log) {}

    private final StringBuilder text = new StringBuilder();

    private DomainXml() {}

    /** The name that libvirt knows an instance by. */
    static String name(yunqi.core.instance.InstanceId id) {
        return "yq-" + id;
    }

    static String of(
            InstancePlan plan, long epoch, String applied, Hypervisor hypervisor, Files files, List<String> taps) {
        DomainXml xml = new DomainXml();
        xml.line("<domain type='%s'>", hypervisor.kvm() ? "kvm" : "qemu");
        xml.line("  <name>%s</name>", name(plan.id()));
        xml.line("  <uuid>%s</uuid>", plan.id());
        xml.line("  <title>%s/%s</title>", plan.project(), plan.name());
        xml.line("  <metadata>");
        xml.text
                .append("    ")
                .append(mark(plan.id().toString(), epoch, applied))
                .append('\n');
        xml.line("  </metadata>");
        xml.machine(plan, hypervisor, files);
        xml.line("  <devices>");
        xml.disks(files);
        for (int i = 0; i < taps.size(); i++) {
            xml.card(plan.nics().get(i), taps.get(i), hypervisor);
        }
        xml.consoles(plan, files);
        xml.line("  </devices>");
        xml.line("</domain>");
        return xml.text.toString();
    }

    /** The element of ours: which instance this is, under which epoch it runs, and the digest of its plan. */
    static String mark(String id, long epoch, String applied) {
        return "<yunqi:instance xmlns:yunqi='%s' id='%s' epoch='%s' applied='%s'/>"
                .formatted(NAMESPACE, escape(id), epoch, escape(applied));
    }

    private void machine(InstancePlan plan, Hypervisor hypervisor, Files files) {
        line("  <memory unit='KiB'>%s</memory>", plan.shape().memory().count() >> 10);
        line("  <vcpu>%s</vcpu>", plan.shape().vcpus());
        line("  <os>");
        line("    <type arch='x86_64' machine='q35'>hvm</type>");
        if (files.kernel().isPresent()) {
            Kernel kernel = files.kernel().get();
            line("    <kernel>%s</kernel>", kernel.kernel());
            kernel.initrd().ifPresent(initrd -> line("    <initrd>%s</initrd>", initrd));
            line("    <cmdline>%s</cmdline>", kernel.commandLine());
        } else {
            line("    <boot dev='hd'/>");
        }
        line("  </os>");
        line("  <features>");
        line("    <acpi/>");
        line("    <apic/>");
        if (!hypervisor.kvm()) {
            line("    <tcg>");
            line("      <tb-cache unit='MiB'>%s</tb-cache>", CODE_CACHE_MEBIBYTES);
            line("    </tcg>");
        }
        line("  </features>");
        if (hypervisor.kvm()) {
            line("  <cpu mode='host-model'/>");
        } else {
            line("  <cpu mode='custom' match='exact'>");
            line("    <model fallback='forbid'>Nehalem</model>");
            line("  </cpu>");
        }
        line("  <clock offset='utc'/>");
        line("  <on_poweroff>destroy</on_poweroff>");
        line("  <on_reboot>restart</on_reboot>");
        line("  <on_crash>destroy</on_crash>");
    }

    private void disks(Files files) {
        line("    <emulator>/usr/bin/qemu-system-x86_64</emulator>");
        line("    <disk type='file' device='disk'>");
        line("      <driver name='qemu' type='qcow2' discard='unmap'/>");
        line("      <source file='%s'/>", files.disk());
        line("      <backingStore type='file'>");
        line("        <format type='qcow2'/>");
        line("        <source file='%s'/>", files.base());
        line("        <backingStore/>");
        line("      </backingStore>");
        line("      <target dev='vda' bus='virtio'/>");
        line("      <serial>root</serial>");
        line("    </disk>");
        files.seed().ifPresent(seed -> {
            line("    <disk type='file' device='disk'>");
            line("      <driver name='qemu' type='raw'/>");
            line("      <source file='%s'/>", seed);
            line("      <target dev='vdb' bus='virtio'/>");
            line("      <readonly/>");
            line("      <serial>seed</serial>");
            line("    </disk>");
        });
        line("    <controller type='usb' model='none'/>");
        line("    <controller type='pci' index='0' model='pcie-root'/>");
        for (int i = 0; i < SPARE_PORTS; i++) {
            line("    <controller type='pci' model='pcie-root-port'/>");
        }
    }

    /** One interface by itself. */
    static String nic(NicPlan nic, String tap, Hypervisor hypervisor) {
        DomainXml xml = new DomainXml();
        xml.card(nic, tap, hypervisor);
        return xml.text.toString();
    }

    private void card(NicPlan nic, String tap, Hypervisor hypervisor) {
        line("    <interface type='ethernet'>");
        line("      <mac address='%s'/>", nic.mac());
        line("      <target dev='%s' managed='no'/>", tap);
        line("      <model type='virtio'/>");
        line("      <mtu size='%s'/>", nic.mtu());
        if (!hypervisor.offloads()) {
            // Open vSwitch's userspace datapath neither sums nor cuts what a guest leaves undone: TCP would silently
            // fail.
            line("      <driver name='qemu'>");
            line("        <host csum='off' gso='off' tso4='off' tso6='off' ecn='off' ufo='off'/>");
            line("        <guest csum='off' tso4='off' tso6='off' ecn='off' ufo='off'/>");
            line("      </driver>");
        }
        line("      <rom enabled='no'/>");
        line("    </interface>");
    }

    private void consoles(InstancePlan plan, Files files) {
        line("    <serial type='unix'>");
        line("      <source mode='bind' path='%s'/>", files.console());
        line("      <log file='%s' append='on'/>", files.log());
        line("      <target port='0'/>");
        line("    </serial>");
        if (plan.agent()) {
            line("    <channel type='unix'>");
            line("      <target type='virtio' name='%s'/>", AGENT);
            line("    </channel>");
        }
        line("    <video>");
        line("      <model type='none'/>");
        line("    </video>");
        line("    <memballoon model='virtio'/>");
        line("    <rng model='virtio'>");
        line("      <backend model='random'>/dev/urandom</backend>");
        line("    </rng>");
    }

    /** One line; every value is escaped. */
    private void line(String form, Object... values) {
        Object[] safe = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            safe[i] = escape(values[i].toString());
        }
        text.append(form.formatted(safe)).append('\n');
    }

    /** Makes any text safe between tags and between quotes. Characters that XML cannot hold become a replacement character. */
    static String escape(String value) {
        StringBuilder safe = new StringBuilder();
        value.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '\'' -> safe.append("&apos;");
                case '"' -> safe.append("&quot;");
                case '\t', '\n', '\r' -> safe.append("&#").append(c).append(';');
                default -> {
                    boolean holds = (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000;
                    safe.appendCodePoint(holds ? c : 0xFFFD);
                }
            }
        });
        return safe.toString();
    }
}

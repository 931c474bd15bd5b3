package yunqi.drivers.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import yunqi.core.base.EngineException;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;

/**
 * Plugs interfaces of a running VM anew whose tap vanished and was made again: the emulator holds the tap that is gone. The guest has to let go of the old one first, and finds
 * the new one with the same address.
 */
final class Interfaces {
    private static final Duration LET_GO = Duration.ofSeconds(5); // guests do within one, also emulated ones
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final int LIVE = 1; // VIR_DOMAIN_AFFECT_LIVE

    private final Connection connection;
    private final DomainXml.Hypervisor hypervisor;

    Interfaces(Connection connection, DomainXml.Hypervisor hypervisor) {
        this.connection = connection;
        this.hypervisor = hypervisor;
    }

    /** The devices of these attachments, one for each network of the plan. */
    static List<String> taps(Assignment assignment, List<Attachment> attachments) throws EngineException {
        List<String> taps = new ArrayList<>();
        for (Attachment attachment : attachments) {
            switch (attachment) {
                case Attachment.Tap tap -> taps.add(tap.device());
                case Attachment.Namespace(var port, var path, var device) ->
                    throw new EngineException(
                            EngineException.Kind.REFUSED,
                            "a VM takes a tap interface, not " + device + " in " + path + " for port " + port);
            }
        }
        if (taps.size() != assignment.plan().nics().size()) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    taps.size() + " interfaces for " + assignment.plan().nics().size() + " networks of VM "
                            + assignment.id());
        }
        return taps;
    }

    /** Plugs anew what no emulator holds. */
    void replug(Assignment assignment, List<String> taps) throws EngineException {
        for (int i = 0; i < taps.size(); i++) {
            if (idle(taps.get(i))) {
                replug(assignment.id(), assignment.plan().nics().get(i), taps.get(i));
            }
        }
    }

    /** True if no emulator holds this tap: the kernel sees no carrier on it then. */
    private static boolean idle(String tap) throws EngineException {
        try {
            return Files.readString(Path.of("/sys/class/net", tap, "carrier"))
                    .strip()
                    .equals("0");
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "the tap " + tap + " is not up", e);
        }
    }

    /** Unplugs the interface if it is there, and plugs it in with this tap. {@code BUSY} if the guest doesn't let go of it yet. */
    private void replug(InstanceId id, NicPlan nic, String tap) throws EngineException {
        String xml = DomainXml.nic(nic, tap, hypervisor);
        if (plugged(id, nic)) {
            connection.call("unplug an interface of VM " + id, connect -> {
                Domain domain = connect.domainLookupByUUID(id.value());
                try {
                    domain.detachDeviceFlags(xml, LIVE);
                } catch (LibvirtException e) {
                    if (!String.valueOf(e.getMessage()).contains("in the process of unplug")) {
                        throw e; // otherwise it was asked to let go before
                    }
                }
                return domain.free();
            });
            awaitUnplugged(id, nic);
        }
        connection.call("plug an interface into VM " + id, connect -> {
            Domain domain = connect.domainLookupByUUID(id.value());
            domain.attachDeviceFlags(xml, LIVE);
            return domain.free();
        });
    }

    private void awaitUnplugged(InstanceId id, NicPlan nic) throws EngineException {
        long end = System.nanoTime() + LET_GO.toNanos();
        while (plugged(id, nic)) {
            if (System.nanoTime() > end) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE,
                        "the interface " + nic.mac()
                                + " vanished under the running VM, and its guest does not let go of "
                                + "what is left of it; 'yunqi instance restart' repairs it");
            }
            try {
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted", e);
            }
        }
    }

    private boolean plugged(InstanceId id, NicPlan nic) throws EngineException {
        Set<String> macs = connection.call("look at interfaces of VM " + id, connect -> {
            Domain domain = connect.domainLookupByUUID(id.value());
            Set<String> there = DomainSeen.macs(domain.getXMLDesc(0));
            domain.free();
            return there;
        });
        return macs.contains(nic.mac().toString());
    }
}

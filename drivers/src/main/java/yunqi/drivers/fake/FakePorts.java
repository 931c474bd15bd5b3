package yunqi.drivers.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import yunqi.core.base.EngineException;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;
import yunqi.core.network.PortSeen;

/** The ports on a pretended machine. */
final class FakePorts implements PortDriver {
    private final FakeHost host;

    /** A port as it is set up. */
    record Port(PortId id, Attachment attachment) {}

    FakePorts(FakeHost host) {
        this.host = host;
    }

    @Override
    public List<Attachment> attachments(UUID instance, Form form, List<NicPlan> nics) {
        List<Attachment> attachments = new ArrayList<>();
        for (NicPlan nic : nics) {
            attachments.add(attachment(instance, form, nic.port(), attachments.size()));
        }
        return List.copyOf(attachments);
    }

    @Override
    public List<Attachment> attach(UUID instance, Form form, List<NicPlan> nics) throws EngineException {
        return host.perform("port.attach", () -> {
            List<Attachment> attachments = attachments(instance, form, nics);
            synchronized (host) {
                if (attachments.isEmpty()) {
                    host.sockets().remove(instance);
                } else {
                    host.sockets()
                            .put(
                                    instance,
                                    attachments.stream()
                                            .map(one -> new Port(one.port(), one))
                                            .toList());
                }
            }
            return attachments;
        });
    }

    private static Attachment attachment(UUID instance, Form form, PortId port, int number) {
        return switch (form) {
            case NAMESPACE -> new Attachment.Namespace(port, "fake/netns/" + instance, "eth" + number);
            case TAP -> new Attachment.Tap(port, "yqt" + port.brief());
        };
    }

    @Override
    public void detach(UUID instance) throws EngineException {
        host.perform("port.detach", () -> {
            synchronized (host) {
                host.sockets().remove(instance);
            }
            return instance;
        });
    }

    @Override
    public List<PortSeen> list() throws EngineException {
        return host.perform("port.list", () -> {
            List<PortSeen> seen = new ArrayList<>();
            synchronized (host) {
                host.sockets()
                        .forEach((instance, ports) -> ports.forEach(port -> seen.add(new PortSeen(
                                port.id(), instance, host.setup().installed().test(port.id()), true))));
            }
            return List.copyOf(seen);
        });
    }
}

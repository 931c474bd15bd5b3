package yunqi.agent.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostId;
import yunqi.core.instance.Assignment;
import yunqi.core.network.Metadata;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortSeen;
import yunqi.drivers.fake.FakeHost;
import yunqi.drivers.fake.Faults;

/** Ports on a pretended host; questions come over the loopback, so everybody's address is 127.0.0.1. */
final class MetadataServiceTest {
    private static final HostId HOST = new HostId(new UUID(7, 7));
    private static final Assignment BLUE = Guest.at("blue", Guest.nic(1, "127.0.0.1"));
    private static final Assignment RED = Guest.at("red", Guest.nic(2, "127.0.0.1"));

    private final Faults.Switches faults = new Faults.Switches();
    private final FakeHost machine =
            new FakeHost(new FakeHost.Setup("one", Instant::now, faults, Duration.ZERO, _ -> true, _ -> {}));
    private final Map<String, ServerSocketChannel> listeners = new TreeMap<>();
    private final List<MetadataService> services = new ArrayList<>();
    private MetadataService service = start();

    @AfterEach
    void close() {
        services.forEach(MetadataService::close);
    }

    private MetadataService start() {
        MetadataService one = new MetadataService(HOST, machine.ports(), this::listen);
        services.add(one);
        return one;
    }

    private ServerSocketChannel listen(Path namespace, InetSocketAddress address) throws EngineException {
        assertThat(address).isEqualTo(new InetSocketAddress("169.254.169.254", 80));
        try {
            ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.INET)
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            listeners.put(namespace.toString(), channel);
            return channel;
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "no socket", e);
        }
    }

    /** Asks in a network who asks. */
    private String ask(int network) throws Exception {
        PortSeen port = port(network);
        ServerSocketChannel listener = listener(port);
        int number = ((InetSocketAddress) listener.getLocalAddress()).getPort();
        var connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + number + "/latest/meta-data/hostname")
                .toURL()
                .openConnection(Proxy.NO_PROXY);
        try (var body =
                connection.getResponseCode() == 200 ? connection.getInputStream() : connection.getErrorStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    private ServerSocketChannel listener(PortSeen port) {
        return Optional.ofNullable(listeners.get("fake/netns/" + port.instance()))
                .orElseThrow();
    }

    private PortSeen port(int network) throws EngineException {
        return machine.ports().list().stream()
                .filter(port -> port.id().equals(Metadata.port(Guest.network(network))))
                .findFirst()
                .orElseThrow();
    }

    private int ports() throws EngineException {
        return machine.ports().list().size();
    }

    @Test
    void eachNetworkHasADoorAndKnowsItsOwn() throws Exception {
        service.tell(List.of(BLUE, RED));
        assertThat(ask(1)).isEqualTo("blue.blue.internal");
        assertThat(ask(2)).isEqualTo("red.blue.internal");
        service.tell(List.of(BLUE, Guest.at("other", Guest.nic(2, "127.0.0.1"))));
        assertThat(ask(2)).isEqualTo("other.blue.internal");
        service.tell(List.of(BLUE, Guest.at("other", Guest.nic(2, "10.0.0.7"))));
        assertThat(ask(2)).isEqualTo("no instance on this host has the address that asks");
    }

    @Test
    void aNetworkThatNobodyHereIsInAnyMoreLeavesNothing() throws Exception {
        service.tell(List.of(BLUE, RED));
        ServerSocketChannel red = listener(port(2));
        service.tell(List.of(BLUE, Guest.gone(RED)));
        assertThat(ports()).isEqualTo(1);
        assertThat(red.isOpen()).isFalse();
        service.tell(List.of());
        assertThat(ports()).isZero();
        service.tell(List.of(RED));
        assertThat(ask(2)).isEqualTo("red.blue.internal");
    }

    @Test
    void theNextAgentTakesUpWhatIsThereAndRemovesWhatIsTooMuch() throws Exception {
        service.tell(List.of(BLUE, RED));
        machine.ports().attach(new UUID(9, 9), PortDriver.Form.NAMESPACE, List.of(Guest.nic(3, "10.0.0.9")));
        service.close();
        assertThat(ports()).isEqualTo(3);
        service = start();
        service.tell(List.of(RED));
        assertThat(ask(2)).isEqualTo("red.blue.internal");
        assertThat(ports())
                .as("red's, and that of an instance that was not told of")
                .isEqualTo(2);
    }

    @Test
    void whatFailsInOneNetworkIsToldAndTriedAgainAndTheOthersGoOn() throws Exception {
        service.tell(List.of(BLUE));
        for (Faults.Fault fault : List.of(
                new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE),
                new Faults.Fault.Lies(EngineException.Kind.UNAVAILABLE))) {
            faults.set("port.attach", fault);
            assertThatThrownBy(() -> service.tell(List.of(BLUE, RED))).isInstanceOf(EngineException.class);
            assertThat(ask(1)).isEqualTo("blue.blue.internal");
        }
        faults.clear();
        service.tell(List.of(BLUE, RED));
        assertThat(ask(2)).isEqualTo("red.blue.internal");
    }
}

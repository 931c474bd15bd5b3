package yunqi.agent.metadata;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.agent.control.Audience;
import yunqi.core.base.EngineException;
import yunqi.core.base.IpAddress;
import yunqi.core.host.HostId;
import yunqi.core.instance.Assignment;
import yunqi.core.network.Attachment;
import yunqi.core.network.Metadata;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortSeen;

/**
 * Answers what the instances of this host ask about themselves. For each network that one of them is in it has a port like an instance's, in a namespace
 * of its own, and a {@link Door} there. Ports outlive the agent: the next one finds them, opens its doors, and removes those of networks that nobody here
 * is in any more.
 */
public final class MetadataService implements Audience, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataService.class);

    /** How often it is looked whether the ports are still there. */
    private static final Duration LOOK = Duration.ofSeconds(25);

    private static final int PORT = 80; // what all clients ask

    private final HostId host;
    private final PortDriver ports;
    private final Doors doors;
    private final Answers answers;
    private final Map<NetworkId, Door> open = new HashMap<>(); // guarded by this, as is looked
    private long looked = System.nanoTime() - LOOK.toNanos();
    private volatile Map<NetworkId, Map<IpAddress, Assignment>> askers = Map.of();

    public MetadataService(HostId host, PortDriver ports, Doors doors) {
        this.host = host;
        this.ports = ports;
        this.doors = doors;
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        this.answers = new Answers(new Tokens(key, Instant::now));
    }

    @Override
    public synchronized void tell(List<Assignment> assigned) throws EngineException {
        Map<NetworkId, Map<IpAddress, Assignment>> now = new HashMap<>();
        SortedMap<NetworkId, NicPlan> wanted = new TreeMap<>();
        for (Assignment assignment : assigned) {
            if (assignment.wanted() != Assignment.Wanted.ABSENT) {
                for (NicPlan nic : assignment.plan().nics()) {
                    now.computeIfAbsent(nic.network(), _ -> new HashMap<>()).put(nic.ip(), assignment);
                    wanted.putIfAbsent(nic.network(), Metadata.nic(nic));
                }
            }
        }
        askers = now;
        if (open.keySet().equals(wanted.keySet()) && System.nanoTime() - looked < LOOK.toNanos()) {
            return;
        }
        looked = System.nanoTime() - LOOK.toNanos(); // if this fails, the next call looks again
        adjust(wanted);
        looked = System.nanoTime();
    }

    /** Makes what is missing, and removes what is too much. What fails doesn't keep the rest from being done. */
    private void adjust(SortedMap<NetworkId, NicPlan> wanted) throws EngineException {
        Set<NetworkId> there = new HashSet<>();
        Set<NetworkId> usable = new HashSet<>();
        for (PortSeen port : ports.list()) {
            NetworkId network = new NetworkId(port.id().value());
            if (port.instance().equals(owner(network))) {
                there.add(network);
                if (port.held()) {
                    usable.add(network);
                }
            }
        }
        List<EngineException> troubles = new ArrayList<>();
        there.addAll(open.keySet());
        for (NetworkId network : there) {
            if (!wanted.containsKey(network)) {
                attempt(troubles, () -> leave(network));
            }
        }
        for (NicPlan nic : wanted.values()) {
            if (!open.containsKey(nic.network()) || !usable.contains(nic.network())) {
                attempt(troubles, () -> enter(nic));
            }
        }
        if (!troubles.isEmpty()) {
            throw troubles.getFirst();
        }
    }

    private interface Part {
        void run() throws EngineException;
    }

    private static void attempt(List<EngineException> troubles, Part part) {
        try {
            part.run();
        } catch (EngineException e) {
            troubles.add(e);
        }
    }

    private void enter(NicPlan nic) throws EngineException {
        shut(nic.network());
        List<Attachment> made = ports.attach(owner(nic.network()), PortDriver.Form.NAMESPACE, List.of(nic));
        if (!(made.getFirst() instanceof Attachment.Namespace namespace)) {
            throw new EngineException(EngineException.Kind.REFUSED, "the metadata service got no namespace");
        }
        NetworkId network = nic.network();
        open.put(
                network,
                new Door(
                        doors.listen(
                                Path.of(namespace.path()),
                                new InetSocketAddress(nic.ip().toString(), PORT)),
                        answers,
                        ip -> Optional.ofNullable(
                                askers.getOrDefault(network, Map.of()).get(ip)),
                        Door.LONGEST));
        LOG.info("instances of the network {} are told about themselves", network);
    }

    private void leave(NetworkId network) throws EngineException {
        shut(network);
        ports.detach(owner(network));
    }

    private void shut(NetworkId network) {
        Door door = open.remove(network);
        if (door != null) {
            try {
                door.close();
            } catch (IOException e) {
                LOG.warn("a listener did not close well: {}", e.getMessage());
            }
        }
    }

    /** To ports everybody is an instance: a made-up one for each network, and another on each host, as those of one machine share names. */
    private UUID owner(NetworkId network) {
        return UUID.nameUUIDFromBytes(("metadata " + host + " " + network).getBytes(StandardCharsets.UTF_8));
    }

    /** Closes the doors; the ports stay for the next agent. */
    @Override
    public synchronized void close() {
        for (NetworkId network : List.copyOf(open.keySet())) {
            shut(network);
        }
    }
}

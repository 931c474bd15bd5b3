package yunqi.core.network;

import java.util.UUID;

/**
 * A port that is set up on this host. {@code installed} says that the network's flows for it are in place: traffic passes. {@code held} says that
 * somebody holds its other end: a VM's emulator its tap, a container's namespace its peer.
 */
public record PortSeen(PortId id, UUID instance, boolean installed, boolean held) {}

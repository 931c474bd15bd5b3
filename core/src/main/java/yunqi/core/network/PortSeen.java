package yunqi.core.network;

import java.util.UUID;

/** A port that is set up on this host. {@code installed} says that the network's flows for it are in place: traffic passes. */
public record PortSeen(PortId id, UUID instance, boolean installed) {}

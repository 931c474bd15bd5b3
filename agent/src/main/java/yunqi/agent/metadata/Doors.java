package yunqi.agent.metadata;

import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import yunqi.core.base.EngineException;

/** How a socket is had that listens inside a network namespace. */
@FunctionalInterface
public interface Doors {
    /** A socket that listens at this address in the namespace of that path. It is the caller's to close. */
    ServerSocketChannel listen(Path namespace, InetSocketAddress address) throws EngineException;
}

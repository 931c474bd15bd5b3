package yunqi.drivers.ovn;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import yunqi.core.base.EngineException;

/**
 * A listening socket inside a network namespace. A socket belongs to the namespace in which its thread is when it is made, and stays there whoever uses it
 * later; so a thread of its own enters the namespace, makes the socket, and ends. No process has to live in the namespace.
 */
public final class NamespaceSocket {
    private static final int OPEN_FOR_READING = 0x80000; // O_RDONLY, and closed in programs that we start (O_CLOEXEC)
    private static final int NETWORK = 0x40000000; // CLONE_NEWNET: nothing but a network namespace is entered
    private static final int WAITING = 128; // connections that the kernel takes before we do

    private NamespaceSocket() {}

    /** Listens at the address in the namespace of that path. */
    public static ServerSocketChannel listen(Path namespace, InetSocketAddress address) throws EngineException {
        var listener = new FutureTask<>(() -> {
            enter(namespace);
            return bound(address);
        });
        // Not a virtual thread: those share their carriers, and a carrier that stays in the namespace would take others
        // there.
        Thread.ofPlatform().name("namespace-socket").start(listener);
        try {
            return listener.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    "cannot listen at " + address + " in " + namespace + ": "
                            + (cause == null ? e.getMessage() : cause.getMessage()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted while waiting", e);
        }
    }

    private static ServerSocketChannel bound(InetSocketAddress address) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
        try {
            return channel.bind(address, WAITING);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Takes the calling thread into the namespace, for ever. */
    private static void enter(Path namespace) throws IOException {
        int file = call("open", namespace.toString(), OPEN_FOR_READING);
        try {
            call("setns", file, NETWORK);
        } finally {
            call("close", file);
        }
    }

    private static int call(String name, Object... arguments) throws IOException {
        Function function = NativeLibrary.getProcess().getFunction(name);
        int result = function.invokeInt(arguments);
        if (result < 0) {
            throw new IOException(name + " failed with error " + Native.getLastError());
        }
        return result;
    }
}

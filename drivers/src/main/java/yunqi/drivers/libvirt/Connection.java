package yunqi.drivers.libvirt;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.Error;
import org.libvirt.LibvirtException;
import org.libvirt.event.AgentLifecycleListener;
import org.libvirt.event.LifecycleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;

/**
 * The connection to our libvirtd, opened when it is first needed and again after libvirtd was restarted. Native calls pin virtual threads, so they
 * are made on a few platform threads.
 */
final class Connection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int CALLS = 8; // at once; a call mostly waits, and libvirtd works on 20
    private static final Duration LONGEST =
            Duration.ofSeconds(60); // an emulator that takes longer to start or end hangs
    private static final int KEEPALIVE_SECONDS = 5;
    private static final int KEEPALIVE_MISSES = 3;

    private final String uri;
    private final ExecutorService threads = Executors.newFixedThreadPool(
            CALLS, Thread.ofPlatform().daemon().name("libvirt-", 0).factory());
    private final LifecycleListener lifecycle = (domain, _) -> wake(domain);
    private final AgentLifecycleListener agent = (domain, _, _) -> wake(domain);
    private final List<Consumer<String>> watchers = new CopyOnWriteArrayList<>();
    private Optional<Connect> current = Optional.empty();
    private boolean closed;

    /** What is done with libvirt. */
    interface Work<T> {
        T on(Connect connect) throws LibvirtException, EngineException;
    }

    Connection(Path socket) {
        this.uri = "qemu+unix:///system?socket=" + URLEncoder.encode(socket.toString(), StandardCharsets.UTF_8);
    }

    /** Calls back with the name of a domain of which something has changed. */
    AutoCloseable watch(Consumer<String> changed) {
        watchers.add(changed);
        return () -> watchers.remove(changed);
    }

    <T> T call(String what, Work<T> work) throws EngineException {
        Future<T> call = threads.submit(() -> work.on(connected()));
        try {
            return call.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LibvirtException complaint) {
                throw complaint(what, complaint);
            }
            if (e.getCause() instanceof EngineException complaint) {
                throw complaint;
            }
            throw new IllegalStateException(what, e.getCause());
        } catch (TimeoutException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    what + ": libvirt does not answer within " + LONGEST.toSeconds() + " s",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, what + ": interrupted", e);
        }
    }

    /** True if libvirt says that there is no such domain. */
    static boolean missing(LibvirtException e) {
        return e.getError() != null && e.getError().getCode() == Error.ErrorNumber.VIR_ERR_NO_DOMAIN;
    }

    /** True if libvirt says that the domain doesn't run (or, of one that runs, that it does). */
    static boolean notRunning(LibvirtException e) {
        return e.getError() != null && e.getError().getCode() == Error.ErrorNumber.VIR_ERR_OPERATION_INVALID;
    }

    private EngineException complaint(String what, LibvirtException e) {
        EngineException.Kind kind = gone() ? EngineException.Kind.UNAVAILABLE : kind(e);
        return new EngineException(kind, what + ": " + e.getMessage(), e);
    }

    static EngineException.Kind kind(LibvirtException e) {
        String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("no space left") || text.contains("cannot allocate memory")) {
            return EngineException.Kind.NO_CAPACITY;
        }
        if (e.getError() == null) {
            return EngineException.Kind.UNAVAILABLE;
        }
        return switch (e.getError().getCode()) {
            case VIR_ERR_NO_MEMORY -> EngineException.Kind.NO_CAPACITY;
            case VIR_ERR_OPERATION_TIMEOUT, VIR_ERR_OPERATION_ABORTED -> EngineException.Kind.BUSY;
            case VIR_ERR_NO_CONNECT, VIR_ERR_RPC -> EngineException.Kind.UNAVAILABLE;
            case VIR_ERR_SYSTEM_ERROR ->
                // What an emulator that is just ending says, to one who wants to end it.
                text.contains("device or resource busy") ? EngineException.Kind.BUSY : EngineException.Kind.REFUSED;
            default -> EngineException.Kind.REFUSED;
        };
    }

    private synchronized boolean gone() {
        return current.isEmpty() || !alive(current.get());
    }

    private static boolean alive(Connect connect) {
        try {
            return connect.isAlive();
        } catch (LibvirtException e) {
            LOG.debug("a connection that cannot tell whether it lives does not", e);
            return false;
        }
    }

    private synchronized Connect connected() throws EngineException {
        if (closed) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "the libvirt driver is closed");
        }
        if (current.isPresent() && alive(current.get())) {
            return current.get();
        }
        close(current);
        current = Optional.empty();
        try {
            EventLoop.start();
            Connect fresh = new Connect(uri);
            fresh.setKeepAlive(KEEPALIVE_SECONDS, KEEPALIVE_MISSES);
            fresh.addLifecycleListener(lifecycle);
            fresh.addAgentLifecycleListener(agent);
            current = Optional.of(fresh);
            return fresh;
        } catch (LibvirtException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot connect to libvirtd: " + e.getMessage(), e);
        }
    }

    private int wake(Domain domain) {
        try {
            String name = domain.getName();
            watchers.forEach(watcher -> watcher.accept(name));
        } catch (LibvirtException e) {
            LOG.debug("an event of a domain without a name", e);
        }
        return 0;
    }

    /** The listeners have to go first: the native side would keep the connection for them, and call into what is no more. */
    private void close(Optional<Connect> connect) {
        if (connect.isPresent()) {
            quietly(() -> connect.get().removeLifecycleListener(lifecycle));
            quietly(() -> connect.get().removeAgentLifecycleListener(agent));
            quietly(() -> connect.get().close());
        }
    }

    private interface Parting {
        void run() throws LibvirtException;
    }

    private static void quietly(Parting parting) {
        try {
            parting.run();
        } catch (LibvirtException e) {
            LOG.debug("parting from a connection that is dead", e);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            close(current);
            current = Optional.empty();
        }
        threads.shutdownNow();
    }
}

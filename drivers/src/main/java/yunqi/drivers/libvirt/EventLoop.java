package yunqi.drivers.libvirt;

import org.libvirt.Connect;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.libvirt.jna.Libvirt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The event loop of the native library. The library has one for the whole process, before the first connection: so here alone there is a static. */
final class EventLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);
    // The library would print every complaint; those that matter come back as exceptions. Kept here, or the collector
    // would free what it calls.
    private static final Libvirt.VirErrorCallback SILENCE = (_, _) -> {};

    private static boolean started;

    private EventLoop() {}

    /** Starts it unless it runs. */
    static synchronized void start() throws LibvirtException {
        if (started) {
            return;
        }
        Library.initEventLoop();
        Connect.setErrorCallback(SILENCE);
        Thread.ofPlatform().daemon().name("libvirt-events").start(EventLoop::run);
        started = true;
    }

    private static void run() {
        while (true) {
            try {
                Library.processEvent();
            } catch (LibvirtException e) {
                LOG.warn("libvirt's event loop stumbles, and goes on", e);
            }
        }
    }
}

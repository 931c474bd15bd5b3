package yunqi.agent.engines;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostSeen;
import yunqi.core.reconcile.Backoff;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Supervisor;

/**
 * Daemons that make up one engine, brought up by a thread of their own: what must be there before them, they themselves, and what can be said to
 * them once they answer. Whatever fails is tried again; the other families don't wait for it.
 */
final class Family implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Family.class);
    private static final Backoff RETRY = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(15));

    private final String name;
    private final Steps steps;
    private final Consumer<String> waiting;
    private final Thread thread;
    private volatile Optional<Supervisor> supervisor = Optional.empty();
    private volatile String trouble = "is being started";

    /** What is particular to one engine. */
    interface Steps {
        /** Does what comes before the daemons, and gives them in the order of their start. May be repeated. */
        List<Daemon> prepare() throws EngineException;

        /** Does what can be done once they run. May be repeated. */
        void connect() throws EngineException;
    }

    /** Begins at once. {@code waiting} is told what is in the way. */
    Family(String name, Steps steps, Consumer<String> waiting) {
        this.name = name;
        this.steps = steps;
        this.waiting = waiting;
        this.thread = Thread.ofVirtual().name("engine-" + name).start(this::bringUp);
    }

    private void bringUp() {
        int failures = 0;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    begin();
                    steps.connect();
                    trouble = "";
                    LOG.info("{} is up", name);
                    return;
                } catch (EngineException e) {
                    failures++;
                    trouble = String.valueOf(e.getMessage());
                    waiting.accept(trouble);
                    LOG.warn("{} is not up: {}", name, e.getMessage());
                    Thread.sleep(RETRY.pause(failures));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void begin() throws EngineException {
        if (supervisor.isEmpty()) {
            Supervisor fresh = new Supervisor(steps.prepare(), () -> {});
            supervisor = Optional.of(fresh);
            fresh.start();
        }
    }

    /** How its daemons are; before there are any, how the family is. */
    List<HostSeen.EngineSeen> seen() {
        return supervisor
                .map(Supervisor::seen)
                .orElseGet(() -> List.of(new HostSeen.EngineSeen(name, false, 0, trouble)));
    }

    /** Ends the watching; the daemons go on. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        supervisor.ifPresent(Supervisor::close);
    }
}

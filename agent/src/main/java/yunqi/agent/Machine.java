package yunqi.agent;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.agent.control.MachineSeen;
import yunqi.agent.facts.Facts;
import yunqi.agent.facts.KvmOnce;
import yunqi.agent.facts.Versions;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostSeen;

/** What is reported of this machine: its facts, read anew every minute, and its engines as they are now. */
final class Machine implements MachineSeen, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Machine.class);
    private static final Duration AGAIN = Duration.ofMinutes(1); // only free space changes while the machine runs

    private final Path root;
    private final KvmOnce kvm;
    private final Supplier<List<HostSeen.EngineSeen>> engines;
    private final Thread thread;
    private volatile Optional<HostFacts> facts = Optional.empty();

    Machine(Path root, KvmOnce kvm, Supplier<List<HostSeen.EngineSeen>> engines) {
        this.root = root;
        this.kvm = kvm;
        this.engines = engines;
        this.thread = Thread.ofVirtual().name("facts").start(this::look);
    }

    private void look() {
        try {
            SortedMap<String, String> versions = Versions.installed();
            while (true) {
                try {
                    HostFacts.Kvm usable = kvm.answer(KvmOnce.now(versions));
                    facts = Optional.of(new Facts(root, versions).read(usable));
                } catch (EngineException e) {
                    LOG.warn("{}", e.getMessage());
                }
                Thread.sleep(AGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Optional<HostFacts> facts() {
        return facts;
    }

    @Override
    public List<HostSeen.EngineSeen> engines() {
        return engines.get();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}

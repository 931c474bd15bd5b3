package yunqi.agent.facts;

import yunqi.core.base.EngineException;
import yunqi.core.host.HostFacts;

/** Finds out whether KVM boots a guest, by booting one for a short time: that a device file is there proves nothing. */
@FunctionalInterface
public interface KvmProbe {
    /** May take some seconds, and no longer. */
    HostFacts.Kvm probe() throws EngineException;
}

package yunqi.core.instance;

import java.util.Optional;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;

/** An instance: a VM or a container, as wanted, decided and seen. */
public record Instance(Meta meta, InstanceSpec spec, InstanceDecided decided, Optional<InstanceSeen> seen) {
    public InstanceId id() {
        return new InstanceId(meta.id());
    }

    public Name project() {
        return meta.project()
                .orElseThrow(() -> new IllegalStateException("an instance without a project: " + meta.id()));
    }
}

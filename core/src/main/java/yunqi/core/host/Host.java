package yunqi.core.host;

import yunqi.core.base.Meta;

/** A host: one machine that runs instances. */
public record Host(Meta meta, HostSpec spec, HostDecided decided, HostSeen seen) {
    public HostId id() {
        return new HostId(meta.id());
    }
}

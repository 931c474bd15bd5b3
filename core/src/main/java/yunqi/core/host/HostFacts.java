package yunqi.core.host;

import java.util.List;
import java.util.SortedMap;
import yunqi.core.base.Bytes;

/**
 * What the agent found on its machine. {@code kvm} says whether a guest really booted with KVM ({@code usable}), and if not, why;
 * {@code engines} maps an engine's name to its version; {@code cgroup} is {@code v1}, {@code v2} or {@code hybrid}.
 */
public record HostFacts(
        String hostname,
        String architecture,
        String kernel,
        String operatingSystem,
        String bootId,
        int cpus,
        Bytes memory,
        List<Disk> disks,
        String cgroup,
        Kvm kvm,
        SortedMap<String, String> engines,
        String agentVersion) {
    public HostFacts {
        disks = List.copyOf(disks);
        engines = java.util.Collections.unmodifiableSortedMap(new java.util.TreeMap<>(engines));
    }

    /** A file system that instances' data may be kept on. */
    public record Disk(String path, Bytes size, Bytes free) {}

    /** Whether KVM boots a guest; {@code reason} says what was tried and seen. */
    public record Kvm(boolean usable, String reason) {}
}

package yunqi.agent.facts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SortedMap;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostFacts;
import yunqi.core.wire.Wire;

/** Probes KVM once for each boot of the machine and version of QEMU, and remembers the answer across restarts of the agent. */
public final class KvmOnce {
    private final Path file;
    private final KvmProbe probe;

    /** What the answer is true for. */
    public record For(String bootId, String qemu) {}

    private record Remembered(String bootId, String qemu, boolean usable, String reason) {}

    public KvmOnce(Path file, KvmProbe probe) {
        this.file = file;
        this.probe = probe;
    }

    /** In this boot, with what is installed now. */
    public static For now(SortedMap<String, String> versions) throws EngineException {
        return new For(Facts.bootId(), versions.getOrDefault("qemu", ""));
    }

    public synchronized HostFacts.Kvm answer(For now) throws EngineException {
        try {
            if (Files.exists(file)) {
                Remembered last = Wire.lenient().readValue(Files.readString(file), Remembered.class);
                if (last.bootId().equals(now.bootId()) && last.qemu().equals(now.qemu())) {
                    return new HostFacts.Kvm(last.usable(), last.reason());
                }
            }
            HostFacts.Kvm kvm = probe.probe();
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path partial = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(
                    partial, Wire.write(new Remembered(now.bootId(), now.qemu(), kvm.usable(), kvm.reason())));
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return kvm;
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot keep what was found out of KVM: " + e.getMessage(), e);
        }
    }
}

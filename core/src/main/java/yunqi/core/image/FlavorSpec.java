package yunqi.core.image;

import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.host.Capacity;

/** How big an instance is: virtual processors (1 to 512), memory (16 MiB to 16 TiB), root disk (0 to 64 TiB). */
public record FlavorSpec(int vcpus, Bytes memory, Bytes disk) {
    public FlavorSpec {
        if (vcpus < 1 || vcpus > 512) {
            throw new BadValue("spec.vcpus", vcpus + " is not between 1 and 512");
        }
        if (memory.compareTo(Bytes.mebibytes(16)) < 0 || memory.compareTo(Bytes.gibibytes(16 * 1024)) > 0) {
            throw new BadValue("spec.memory", memory + " is not between 16MiB and 16TiB");
        }
        if (disk.compareTo(Bytes.gibibytes(64 * 1024)) > 0) {
            throw new BadValue("spec.disk", disk + " is more than 64TiB");
        }
    }

    public Capacity needs() {
        return new Capacity(vcpus * 1000L, memory, disk);
    }
}

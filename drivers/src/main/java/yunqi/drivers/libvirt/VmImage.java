package yunqi.drivers.libvirt;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Wire;

/** An image of a VM in its folder on this host: a qcow2 disk of that size, and what starts it without a boot loader, if it has that. */
record VmImage(Path folder, Bytes size, Optional<DomainXml.Kernel> kernel) {
    static final String DISK = "disk.qcow2";
    static final String KERNEL = "kernel";
    static final String INITRD = "initrd";
    static final String CONFIG = "config.json";
    private static final int MAGIC = 0x514649FB; // "QFI" and 0xFB
    private static final long EXTERNAL_DATA = 1L << 2; // an incompatible feature of qcow2: the data is in another file

    Path disk() {
        return folder.resolve(DISK);
    }

    /** Reads the folder; {@code REFUSED} if what is in it cannot be an image, or would make the guest read other files of this host. */
    static VmImage read(Path folder) throws EngineException {
        try {
            JsonNode config = Wire.lenient().readTree(Files.readString(folder.resolve(CONFIG)));
            Optional<DomainXml.Kernel> kernel = Optional.of(folder.resolve(KERNEL))
                    .filter(Files::exists)
                    .map(path -> new DomainXml.Kernel(
                            path,
                            Optional.of(folder.resolve(INITRD)).filter(Files::exists),
                            config.path("cmdline").asText("")));
            return new VmImage(folder, virtualSize(folder.resolve(DISK)), kernel);
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.REFUSED, "the image in " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Bytes virtualSize(Path disk) throws IOException, EngineException {
        ByteBuffer header;
        try (InputStream in = Files.newInputStream(disk)) {
            header = ByteBuffer.wrap(in.readNBytes(80));
        }
        if (header.limit() < 80 || header.getInt(0) != MAGIC) {
            throw refused(disk, "is not in qcow2 form");
        }
        int version = header.getInt(4);
        if (header.getLong(8) != 0) {
            throw refused(disk, "stands on another file: flatten it with 'qemu-img convert'");
        }
        if (version >= 3 && (header.getLong(72) & EXTERNAL_DATA) != 0) {
            throw refused(disk, "keeps its data in another file: flatten it with 'qemu-img convert'");
        }
        if (header.getLong(24) <= 0) {
            throw refused(disk, "has no size");
        }
        return new Bytes(header.getLong(24));
    }

    private static EngineException refused(Path disk, String why) {
        return new EngineException(EngineException.Kind.REFUSED, "the disk " + disk + " " + why);
    }
}

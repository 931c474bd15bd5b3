package yunqi.drivers.libvirt;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.image.Qcow2;
import yunqi.core.wire.Wire;

/** An image of a VM in its folder on this host: a qcow2 disk of that size, and what starts it without a boot loader, if it has that. */
record VmImage(Path folder, Bytes size, Optional<DomainXml.Kernel> kernel) {
    static final String DISK = "disk.qcow2";
    static final String KERNEL = "kernel";
    static final String INITRD = "initrd";
    static final String CONFIG = "config.json";
    private static final Bytes LARGEST =
            Bytes.gibibytes(64 * 1024); // as a flavor may have; the site's own limit is the server's affair

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
        try (InputStream in = Files.newInputStream(disk)) {
            return Qcow2.read(in.readNBytes(Qcow2.HEAD), new Bytes(Files.size(disk)), LARGEST)
                    .size();
        } catch (BadValue e) {
            throw new EngineException(EngineException.Kind.REFUSED, "the disk " + disk + ": " + e.getMessage(), e);
        }
    }
}

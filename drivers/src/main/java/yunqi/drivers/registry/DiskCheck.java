package yunqi.drivers.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.image.Qcow2;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Sandbox;

/**
 * Looks through a stranger's qcow2 disk. First its head, by our own hands: whatever would make a program open another file is refused before one runs. Then all
 * of its tables, by qemu-img in a sandbox, since a hypervisor will follow them with more rights than that.
 */
final class DiskCheck {
    // Addresses, not pages: a disk of 2 TiB needs some 500 MiB of counts, qemu-img itself 200 MiB.
    private static final Sandbox.Bounds BOUNDS =
            new Sandbox.Bounds(Bytes.gibibytes(2), Duration.ofSeconds(60), Duration.ofMinutes(3));

    private static final int LEAKS = 3; // clusters that nothing uses: wasteful, harmless
    private static final int COMPLAINT_LIMIT = 300; // characters; of what qemu-img says in thousands of lines

    private DiskCheck() {}

    /** The head of it. {@code REFUSED} if it is not a disk by itself that may be as large. */
    static Qcow2 check(Path file, Bytes limit) throws EngineException {
        Qcow2 disk;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(Qcow2.HEAD);
            disk = Qcow2.read(head, new Bytes(Files.size(file)), limit);
        } catch (BadValue e) {
            throw new EngineException(EngineException.Kind.REFUSED, "the " + plain(e), e);
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "the disk cannot be read: " + e.getMessage(), e);
        }
        Command.Result result = Sandbox.run(BOUNDS, command(file));
        if (result.exitCode() != 0 && result.exitCode() != LEAKS) {
            throw new EngineException(
                    EngineException.Kind.REFUSED, "the disk is damaged: qemu-img says: " + complaint(file, result));
        }
        return disk;
    }

    /** Pure. The format is said, so that it is not guessed; so is what the path is, so that a colon in it means nothing. */
    static List<String> command(Path file) {
        return List.of("qemu-img", "check", "-q", "-U", "-f", "qcow2", "file:" + file.toAbsolutePath());
    }

    private static String complaint(Path file, Command.Result result) {
        String said = (result.errors() + " " + result.output())
                .replace(file.toAbsolutePath().toString(), "it")
                .replaceAll("[\\s\\p{Cntrl}]+", " ")
                .strip();
        return said.length() <= COMPLAINT_LIMIT ? said : said.substring(0, COMPLAINT_LIMIT) + "…";
    }

    private static String plain(BadValue bad) {
        return String.valueOf(bad.getMessage()).replaceFirst("^disk: ", "disk ");
    }
}

package yunqi.drivers.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;

/** A disk of a few megabytes, in memory, at a folder; only root can make one. */
public final class SmallDisk {
    private static final Duration QUICK = Duration.ofSeconds(20);
    private static final Path MOUNTS = Path.of("/proc/mounts");

    private final Path folder;

    public SmallDisk(Path folder) {
        this.folder = folder;
    }

    public void mount(int mebibytes) throws IOException, EngineException {
        Files.createDirectories(folder);
        Command.must(
                QUICK,
                List.of("mount", "-t", "tmpfs", "-o", "mode=755,size=" + mebibytes + "m", "none", folder.toString()));
    }

    /** Takes all that is free. */
    public void fill() throws IOException {
        byte[] piece = new byte[16 << 10];
        try (OutputStream out = Files.newOutputStream(ballast())) {
            while (true) {
                out.write(piece);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    /** Gives that back. */
    public void free() throws IOException {
        Files.delete(ballast());
    }

    private Path ballast() {
        return folder.resolve("ballast");
    }

    /** Nothing if it is not there: also for what an earlier run left. */
    public void unmount() throws IOException, EngineException {
        while (Files.readString(MOUNTS).contains(" " + folder + " ")) {
            Command.must(QUICK, List.of("umount", "--lazy", folder.toString()));
        }
    }
}

package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** On the kernel's own control groups, in a group of the test's own. */
class MountPointsIT {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    @Test
    void groupsOfEndedGuestsGoWithTheGroupOfAllAndYoungOnesStay() throws Exception {
        Path top = Files.createDirectory(
                hierarchy().resolve("yq-test-" + ProcessHandle.current().pid()));
        Path machine = Files.createDirectory(top.resolve("machine"));
        Path guest = Files.createDirectory(machine.resolve("qemu-6-yq-" + UUID.randomUUID() + ".libvirt-qemu"));
        Path inner = Files.createDirectory(guest.resolve("emulator"));
        try {
            Instant now = Files.getLastModifiedTime(guest).toInstant();
            MountPoints.removeControlGroups(top, now.plus(Duration.ofSeconds(9)));
            assertThat(inner).as("of a guest that may be about to start").exists();
            MountPoints.removeControlGroups(top, now.plus(Duration.ofSeconds(11)));
            assertThat(machine).doesNotExist();
        } finally {
            for (Path path : new Path[] {inner, guest, machine, top}) {
                Files.deleteIfExists(path);
            }
        }
    }

    @Test
    void aGroupOfSomebodyElseStays() throws Exception {
        Path top = Files.createDirectory(
                hierarchy().resolve("yq-test-" + ProcessHandle.current().pid()));
        Path machine = Files.createDirectory(top.resolve("machine"));
        Path guest = Files.createDirectory(machine.resolve("qemu-1-theirs.libvirt-qemu"));
        try {
            MountPoints.removeControlGroups(top, Instant.now().plus(Duration.ofHours(1)));
            assertThat(guest).exists();
        } finally {
            for (Path path : new Path[] {guest, machine, top}) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** The one hierarchy of v2, or one of v1's. */
    private static Path hierarchy() throws IOException {
        try (Stream<Path> all = Files.list(CGROUPS)) {
            return Stream.concat(Stream.of(CGROUPS), all.sorted())
                    .filter(path -> !Files.isSymbolicLink(path))
                    .filter(path -> Files.isRegularFile(path.resolve("cgroup.procs")))
                    // cpusets are born without a processor, and with nothing in them that can be tried
                    .filter(path -> !path.endsWith("cpuset"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}

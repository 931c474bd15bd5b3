package yunqi.drivers.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;

/**
 * What a libvirtd of ours leaves outside the state root. The folders that ours stand over in the daemons' own mount namespaces: where the machine has
 * none, one is made that nobody can write into, and by that it is known again. And the control group of all guests, which libvirt makes by itself.
 */
final class MountPoints {
    private static final Logger LOG = LoggerFactory.getLogger(MountPoints.class);
    private static final List<Path> FOLDERS = List.of(
            Path.of("/etc/libvirt"),
            Path.of("/var/lib/libvirt"),
            Path.of("/var/log/libvirt"),
            Path.of("/var/cache/libvirt"),
            Path.of("/run/libvirt"));
    private static final String OURS = "r-xr-xr-x"; // as the daemons' entry makes them; packages make theirs writable
    static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final String GUESTS = "machine";
    private static final Pattern GUEST = Pattern.compile("qemu-\\d+-yq-[0-9a-f-]{36}\\.libvirt-qemu");
    private static final Duration YOUNG = Duration.ofSeconds(10);

    private MountPoints() {}

    /** Removes those that are ours, empty, and stood over by nobody: removing one would take it from under a libvirtd of another state root. */
    static void remove() throws EngineException {
        try {
            List<String> used = mounted();
            for (Path folder : FOLDERS) {
                if (ours(folder) && !used.contains(folder.toString())) {
                    removeEmpty(folder);
                }
            }
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot look what is mounted on this machine: " + e, e);
        }
    }

    /**
     * Removes the group in which libvirt puts guests, in every hierarchy where no guest is left in it; libvirt makes it anew when it needs it.
     * Groups of guests that are no more go with it: libvirt tries for a second to remove one, and a guest may take longer to end. One that is
     * young stays, since the libvirtd of another state root may be about to fill it.
     */
    static void removeControlGroups(Path cgroups, Instant now) throws EngineException {
        try (Stream<Path> hierarchies = Files.list(cgroups)) {
            for (Path hierarchy : Stream.concat(Stream.of(cgroups), hierarchies).toList()) {
                Path group = hierarchy.resolve(GUESTS);
                if (!Files.isSymbolicLink(hierarchy) && Files.isRegularFile(group.resolve("cgroup.procs"))) {
                    for (Path guest : ended(group, now)) {
                        removeEmpty(guest);
                    }
                    removeEmpty(group);
                }
            }
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "cannot read " + cgroups + ": " + e, e);
        }
    }

    /** The groups of our guests, and those within them, the inner ones first. Of one with a process in it none goes: the kernel refuses. */
    private static List<Path> ended(Path group, Instant now) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> guests = Files.list(group)) {
            for (Path guest : guests.filter(MountPoints::guest).toList()) {
                if (Files.getLastModifiedTime(guest).toInstant().plus(YOUNG).isBefore(now)) {
                    try (Stream<Path> all = Files.walk(guest)) {
                        found.addAll(all.filter(Files::isDirectory)
                                .sorted(Comparator.reverseOrder())
                                .toList());
                    }
                }
            }
        }
        return found;
    }

    private static boolean guest(Path folder) {
        return GUEST.matcher(String.valueOf(folder.getFileName())).matches();
    }

    private static boolean ours(Path folder) throws IOException {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
                        .equals(OURS);
    }

    private static void removeEmpty(Path folder) {
        try {
            Files.delete(folder); // the kernel refuses where something is in it
        } catch (IOException e) {
            LOG.info("{} stays: {}", folder, e.toString());
        }
    }

    /** Where something is mounted, in whichever mount namespace of this machine. */
    private static List<String> mounted() throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> String.valueOf(process.getFileName()).matches("[0-9]+"))
                    .flatMap(process -> lines(process.resolve("mountinfo")))
                    .map(line -> line.split(" ", -1)[4])
                    .distinct()
                    .toList();
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            return Stream.empty(); // it ended meanwhile
        }
    }
}

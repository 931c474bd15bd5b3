package yunqi.agent.facts;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostFacts;
import yunqi.core.wire.Release;

/** Reads what this machine is from the kernel's files. */
public final class Facts {
    private static final int FREE_STEPS =
            256; // free space is told in this many steps, so that it doesn't change all the time
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private final Path root;
    private final SortedMap<String, String> engines;

    /** {@code root} is the state root, whose file system holds instances' data; {@code engines} maps engines to their versions. */
    public Facts(Path root, SortedMap<String, String> engines) {
        this.root = root;
        this.engines = engines;
    }

    /** Changes with every boot of the machine. */
    public static String bootId() throws EngineException {
        return read(BOOT_ID).strip();
    }

    public HostFacts read(HostFacts.Kvm kvm) throws EngineException {
        return new HostFacts(
                hostname(),
                architecture(System.getProperty("os.arch", "")),
                read(Path.of("/proc/sys/kernel/osrelease")).strip(),
                operatingSystem(),
                bootId(),
                cpus(read(Path.of("/sys/devices/system/cpu/online"))),
                memory(read(Path.of("/proc/meminfo"))),
                List.of(disk()),
                cgroup(Path.of("/sys/fs/cgroup")),
                kvm,
                engines,
                Release.OURS.version());
    }

    private HostFacts.Disk disk() throws EngineException {
        try {
            FileStore store = Files.getFileStore(root);
            long size = store.getTotalSpace();
            long step = Math.max(1, size / FREE_STEPS);
            long free = store.getUsableSpace() / step * step;
            return new HostFacts.Disk(root.toString(), new Bytes(size), new Bytes(free));
        } catch (IOException e) {
            throw unreadable(root, e);
        }
    }

    private static String hostname() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return InetAddress.getLoopbackAddress().getHostName();
        }
    }

    private static String operatingSystem() throws EngineException {
        Path file = Path.of("/etc/os-release");
        return Files.exists(file) ? operatingSystem(read(file)) : "Linux";
    }

    /** The name that a distribution gives itself. */
    static String operatingSystem(String osRelease) {
        return osRelease
                .lines()
                .filter(line -> line.startsWith("PRETTY_NAME="))
                .map(line -> line.substring("PRETTY_NAME=".length()).replace("\"", ""))
                .findFirst()
                .orElse("Linux");
    }

    /** As Debian and OCI call it. */
    static String architecture(String java) {
        return switch (java.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> java.toLowerCase(Locale.ROOT);
        };
    }

    /** How many processors a list such as {@code 0-3,8} names. */
    static int cpus(String online) {
        int count = 0;
        for (String range : online.strip().split(",", -1)) {
            String[] ends = range.split("-", -1);
            count += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
        }
        return count;
    }

    static Bytes memory(String meminfo) {
        return meminfo.lines()
                .filter(line -> line.startsWith("MemTotal:"))
                .map(line -> new Bytes(Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("/proc/meminfo without MemTotal"));
    }

    /** Whether control groups are of version 2, 1, or (both mounted) hybrid. */
    static String cgroup(Path mount) {
        if (Files.exists(mount.resolve("cgroup.controllers"))) {
            return "v2";
        }
        return Files.exists(mount.resolve("unified/cgroup.controllers")) ? "hybrid" : "v1";
    }

    private static String read(Path file) throws EngineException {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static EngineException unreadable(Path file, IOException e) {
        return new EngineException(EngineException.Kind.UNAVAILABLE, "cannot read " + file + ": " + e.getMessage(), e);
    }
}

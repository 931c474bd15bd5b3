package yunqi.trials.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** What the machine is that figures were taken on. */
final class Machine {
    private static final int SYNCS = 200;

    private Machine() {}

    static String describe() throws IOException {
        String model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 2))
                .findFirst()
                .orElse("unknown processor");
        long kibibytes = Long.parseLong(
                Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("[^0-9]", ""));
        return String.format(
                Locale.ROOT,
                "%d cores (%s), %d GiB, Linux %s, fdatasync %.2f ms, load %s",
                Runtime.getRuntime().availableProcessors(),
                model,
                kibibytes >> 20,
                System.getProperty("os.version"),
                syncMilliseconds(),
                Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]);
    }

    /** How long the disk takes to make a small write safe. */
    private static double syncMilliseconds() throws IOException {
        Path file = Files.createTempFile("yunqi-sync", ".tmp");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocate(4096);
            long start = System.nanoTime();
            for (int i = 0; i < SYNCS; i++) {
                block.rewind();
                channel.write(block, 0);
                channel.force(false);
            }
            return (System.nanoTime() - start) / 1e6 / SYNCS;
        } finally {
            Files.delete(file);
        }
    }

    /** Memory that a process really uses now, in mebibytes. */
    static double residentMebibytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElse(0)
                / 1024.0;
    }
}

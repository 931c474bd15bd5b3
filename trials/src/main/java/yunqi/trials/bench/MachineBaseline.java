package yunqi.trials.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import yunqi.trials.lab.Cloud;
import yunqi.trials.lab.Run;

/** What the cloud's own libvirt needs for a twin of a VM that the platform made: the same domain, disk and kernel, without its network interfaces. */
final class MachineBaseline {
    private static final String KERNEL_UP = "yunqi: kernel up"; // the first line that the init of `tiny` prints
    private static final Duration LONGEST = Duration.ofMinutes(3);
    private static final Pattern LOG = Pattern.compile("<log file='([^']+)'");

    private final Cloud cloud;
    private final String connection;

    MachineBaseline(Cloud cloud) {
        this.cloud = cloud;
        this.connection = "qemu+unix:///system?socket=" + cloud.root().resolve("run/libvirt/libvirt-sock");
    }

    /** Waits until the kernel of the platform's VM is up. */
    boolean untilKernelUp(String instance) throws IOException, InterruptedException {
        Path console = folder(instance).resolve("console.log");
        return waitFor(console);
    }

    /** Defines and starts a twin of the instance and waits until its kernel is up, in milliseconds; the twin is removed afterwards. */
    double defineAndStart(String instance) throws Exception {
        String twin = UUID.randomUUID().toString();
        Run.of(
                        LONGEST,
                        Map.of(),
                        List.of(
                                "cp",
                                "-a",
                                folder(instance).toString(),
                                folder(twin).toString()))
                .mustSucceed();
        Connect libvirt = new Connect(connection);
        try {
            String xml = libvirt.domainLookupByName("yq-" + instance)
                    .getXMLDesc(2) // as it is defined, not as it runs
                    .replace(instance, twin)
                    .replace("yq-" + twin, "bench-" + twin)
                    .replaceAll("(?s)<interface .*?</interface>", "")
                    .replaceAll("(?s)<metadata>.*?</metadata>", "");
            Matcher log = LOG.matcher(xml);
            if (!log.find()) {
                throw new AssertionError("no console log in " + xml);
            }
            Path console = Path.of(log.group(1));
            Files.deleteIfExists(console);
            return start(libvirt, xml, console, twin);
        } finally {
            libvirt.close();
            Run.of(LONGEST, Map.of(), List.of("rm", "-rf", folder(twin).toString()))
                    .mustSucceed();
        }
    }

    private static double start(Connect libvirt, String xml, Path console, String twin) throws Exception {
        try {
            return FirstLight.milliseconds(() -> {
                libvirt.domainDefineXML(xml).create();
                return waitFor(console);
            });
        } finally {
            remove(libvirt.domainLookupByName("bench-" + twin));
        }
    }

    private static void remove(Domain domain) throws LibvirtException {
        domain.destroy();
        domain.undefine();
    }

    private Path folder(String instance) {
        return cloud.root().resolve("agent/libvirt/instances").resolve(instance);
    }

    private static boolean waitFor(Path console) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!Files.exists(console)
                || !Files.readString(console, StandardCharsets.ISO_8859_1).contains(KERNEL_UP)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no kernel came up in " + console);
            }
            Thread.sleep(2); // finer than what is measured
        }
        return true;
    }
}

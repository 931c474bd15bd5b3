package yunqi.drivers.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.base.IpAddress;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.network.Attachment;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;
import yunqi.core.wire.Wire;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/** A libvirt of the tests' own in a folder of its own, with the image tiny. What an earlier run left there is ended and removed first. */
final class Rig implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60); // a guest is emulated, on a machine that has other work
    static final Digest TINY = new Digest("sha256:" + "7".repeat(64));
    private static final Duration QUICK = Duration.ofSeconds(20);
    private static final Duration BUILD = Duration.ofMinutes(5);

    final Path root;
    final LibvirtEngine.Place place;
    final LibvirtInstances driver;

    private Rig(Path root) throws EngineException {
        this.root = root;
        this.place = LibvirtEngine.Place.under(
                root, UUID.nameUUIDFromBytes(root.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        this.driver = driver();
    }

    static Rig open(String name) throws Exception {
        Rig rig = new Rig(Path.of("/tmp/yq-lv-" + name));
        rig.clear();
        Files.createDirectories(rig.root);
        LibvirtEngine.prepare(rig.place);
        tiny(rig.place.images().resolve(TINY.hex()));
        rig.startDaemons();
        return rig;
    }

    void startDaemons() throws EngineException {
        for (Daemon daemon : LibvirtEngine.daemons(place, false)) {
            Daemons.start(daemon);
        }
    }

    Daemon libvirtd() throws EngineException {
        return LibvirtEngine.daemons(place, false).getLast();
    }

    LibvirtInstances driver() {
        return new LibvirtInstances(place, new LibvirtInstances.Settings(false, false), Instant::now);
    }

    /** The image tiny as a folder, made by its recipe once in a while: its build needs seconds. */
    private static void tiny(Path folder) throws Exception {
        Path built = Path.of("/tmp/yq-lv-tiny");
        Path recipe = Path.of(System.getProperty("yunqi.home", "."), "images/tiny");
        boolean fresh = Files.exists(built.resolve("image.json"))
                && newest(recipe)
                        .isBefore(Files.getLastModifiedTime(built.resolve("image.json"))
                                .toInstant());
        if (!fresh) {
            Command.Result result =
                    Command.run(BUILD, Map.of(), List.of(recipe.resolve("build").toString(), built.toString()));
            if (!result.good()) {
                throw new AssertionError("images/tiny/build: " + result.errors());
            }
        }
        Files.createDirectories(folder);
        for (String file : List.of("kernel", "initrd", "disk.qcow2")) {
            Files.copy(built.resolve(file), folder.resolve(file));
        }
        String commandLine = Wire.lenient()
                .readTree(built.resolve("image.json").toFile())
                .path("cmdline")
                .asText();
        Files.writeString(folder.resolve("config.json"), Wire.write(Map.of("cmdline", commandLine, "format", "qcow2")));
    }

    private static Instant newest(Path folder) throws IOException {
        Instant newest = Instant.EPOCH;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Instant time = Files.getLastModifiedTime(file).toInstant();
                newest = time.isAfter(newest) ? time : newest;
            }
        }
        return newest;
    }

    LocalImage image() {
        return new LocalImage(
                TINY, ImageType.VM, place.images().resolve(TINY.hex()).toString());
    }

    static InstancePlan plan(InstanceId id, Optional<String> userData) {
        String hex = id.toString().replace("-", "");
        IpAddress ip = IpAddress.parse("10.9.0." + (2 + Integer.parseInt(hex.substring(0, 2), 16) % 250));
        NicPlan nic = new NicPlan(
                new PortId(id.value()),
                new NetworkId(new UUID(0, 1)),
                new Name("net"),
                MacAddress.of(ip),
                ip,
                24,
                IpAddress.parse("10.9.0.1"),
                "default.internal",
                1442);
        return new InstancePlan(
                id,
                new Name("default"),
                new Name("vm-" + hex.substring(0, 6)),
                ImageType.VM,
                new FlavorSpec(1, Bytes.mebibytes(96), new Bytes(0)),
                new ImagePlan(ImageType.VM, "library/tiny", TINY),
                true,
                true,
                List.of(nic),
                List.of(),
                new TreeMap<>(),
                userData,
                List.of());
    }

    /** A tap of the test's own for the plan's port. */
    static List<Attachment> taps(InstancePlan plan) throws EngineException {
        String device = "yql" + plan.nics().getFirst().port().brief();
        if (!Files.exists(Path.of("/sys/class/net", device))) {
            Command.must(QUICK, List.of("ip", "tuntap", "add", "dev", device, "mode", "tap"));
            Command.must(QUICK, List.of("ip", "link", "set", device, "mtu", "1442", "up"));
        }
        return List.of(new Attachment.Tap(plan.nics().getFirst().port(), device));
    }

    private void clear() throws IOException, EngineException {
        for (Path pidFile : files(root.resolve("run/libvirt/qemu"))) {
            if (pidFile.toString().endsWith(".pid")) {
                killGuest(Files.readString(pidFile).strip());
            }
        }
        for (Daemon daemon : LibvirtEngine.daemons(place, false).reversed()) {
            Daemons.stop(daemon, Duration.ofSeconds(5));
        }
        if (Files.exists(root)) {
            try (Stream<Path> all = Files.walk(root)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
        for (Path device : files(Path.of("/sys/class/net"))) {
            if (device.getFileName().toString().startsWith("yql")) {
                Command.run(
                        QUICK,
                        Map.of(),
                        List.of("ip", "link", "del", device.getFileName().toString()));
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** Ends an emulator of ours: its command line names our folder. */
    private void killGuest(String pid) throws IOException {
        Path line = Path.of("/proc", pid, "cmdline");
        if (pid.matches("[0-9]+")
                && Files.exists(line)
                && Files.readString(line).contains(root + "/")) {
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Override
    public void close() throws IOException, EngineException {
        driver.close();
        clear();
    }
}

package yunqi.drivers.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostFacts;
import yunqi.drivers.process.Command;

/**
 * Finds out whether KVM boots a guest by booting one: the firmware and a boot sector of nine bytes that ends the emulator with a code of its own.
 * A device file proves nothing: inside some clouds it opens, runs a few instructions, and hangs at the first thing that ordinary guests do.
 */
public final class KvmProbe {
    private static final Path DEVICE = Path.of("/dev/kvm");
    private static final Duration LONGEST =
            Duration.ofSeconds(5); // emulated it takes 0.2 s; a loaded machine gets time
    private static final int PORT = 0xF4;
    private static final int WORD = 0x10;
    private static final int ENDED_WELL = WORD << 1 | 1; // what QEMU's debug-exit device makes of the word
    private static final int DISK = 1 << 20; // bytes; the firmware takes no smaller disk
    private static final int SECTOR = 512;

    private KvmProbe() {}

    /** Tries it; takes a few seconds at most. {@code folder} is where the boot sector may be written for that long. */
    public static HostFacts.Kvm probe(Path folder) {
        if (!Files.exists(DEVICE)) {
            return new HostFacts.Kvm(
                    false, "there is no " + DEVICE + ": the processor or its virtual machine offers no virtualisation");
        }
        return boot(folder, "kvm", LONGEST);
    }

    /** Boots with an accelerator. */
    static HostFacts.Kvm boot(Path folder, String accelerator, Duration longest) {
        Path disk = folder.resolve("kvm-probe-" + ProcessHandle.current().pid() + ".img");
        try {
            Files.createDirectories(folder);
            Files.write(disk, Arrays.copyOf(bootSector(), DISK));
            Command.Result result = Command.run(longest, Map.of(), command(disk, accelerator));
            return result.exitCode() == ENDED_WELL
                    ? new HostFacts.Kvm(true, "a guest booted with it")
                    : new HostFacts.Kvm(
                            false, "the emulator ended with " + result.exitCode() + ": " + firstLine(result.errors()));
        } catch (EngineException e) {
            return new HostFacts.Kvm(false, "a guest did not boot: " + e.getMessage());
        } catch (IOException e) {
            return new HostFacts.Kvm(false, "it could not be tried: " + e.getMessage());
        } finally {
            forget(disk);
        }
    }

    static List<String> command(Path disk, String accelerator) {
        return List.of(
                "qemu-system-x86_64",
                "-accel",
                accelerator,
                "-machine",
                "q35",
                // As real guests have it: a processor that cannot be shown to a guest in full is where half-working KVM
                // gives up.
                "-cpu",
                accelerator.equals("kvm") ? "host" : "max",
                "-m",
                "32",
                "-nodefaults",
                "-no-user-config",
                "-no-reboot",
                "-display",
                "none",
                "-device",
                "isa-debug-exit,iobase=" + PORT + ",iosize=4",
                "-drive",
                "if=none,id=disk,format=raw,readonly=on,file=" + disk,
                "-device",
                "virtio-blk-pci,drive=disk");
    }

    /** {@code mov dx, PORT; mov al, WORD; out dx, al; hlt; jmp} back, and the mark that firmware knows a boot sector by. */
    static byte[] bootSector() {
        byte[] sector = new byte[SECTOR];
        byte[] code = {
            (byte) 0xBA, (byte) PORT, 0, (byte) 0xB0, WORD, (byte) 0xEE, (byte) 0xF4, (byte) 0xEB, (byte) 0xFD
        };
        System.arraycopy(code, 0, sector, 0, code.length);
        sector[SECTOR - 2] = 0x55;
        sector[SECTOR - 1] = (byte) 0xAA;
        return sector;
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("it said nothing");
    }

    private static void forget(Path disk) {
        try {
            Files.deleteIfExists(disk);
        } catch (IOException e) {
            disk.toFile().deleteOnExit();
        }
    }
}

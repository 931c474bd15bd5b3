package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.Seed;

final class DomainXmlTest {
    private static final InstanceId ID = new InstanceId(UUID.fromString("0192aaaa-bbbb-4ccc-8ddd-eeeeffff0001"));
    private static final Path FOLDER = Path.of("/var/lib/yunqi/agent/libvirt/instances/" + ID);
    private static final Path IMAGE = Path.of("/var/lib/yunqi/agent/images/" + "7".repeat(64));
    private static final Path GOLDEN = Path.of("src/test/resources/yunqi/drivers/libvirt");

    private static DomainXml.Files files(Optional<DomainXml.Kernel> kernel) {
        return new DomainXml.Files(
                FOLDER.resolve("disk.qcow2"),
                IMAGE.resolve("disk.qcow2"),
                Optional.of(FOLDER.resolve("seed.iso")),
                kernel,
                FOLDER.resolve("console.sock"),
                FOLDER.resolve("console.log"));
    }

    private static Optional<DomainXml.Kernel> kernel(String commandLine) {
        return Optional.of(
                new DomainXml.Kernel(IMAGE.resolve("kernel"), Optional.of(IMAGE.resolve("initrd")), commandLine));
    }

    private static InstancePlan plan() {
        return Rig.plan(ID, Optional.empty());
    }

    /** The file is written where it is missing, so that a person can look at it and commit it. */
    private static void golden(String name, String text) throws IOException {
        Path file = GOLDEN.resolve(name);
        if (!Files.exists(file)) {
            Files.createDirectories(GOLDEN);
            Files.writeString(file, text);
        }
        assertThat(text).isEqualTo(Files.readString(file));
    }

    @Test
    void anEmulatedVmBehindTheUserspaceDatapath() throws Exception {
        golden(
                "emulated.xml",
                DomainXml.of(
                        plan(),
                        3,
                        "abc",
                        new DomainXml.Hypervisor(false, false),
                        files(kernel("console=ttyS0 quiet")),
                        List.of("yql0192aaaabbbb")));
    }

    @Test
    void aVmWithKvmThatBootsFromItsDisk() throws Exception {
        golden(
                "kvm.xml",
                DomainXml.of(
                        plan(),
                        3,
                        "abc",
                        new DomainXml.Hypervisor(true, true),
                        files(Optional.empty()),
                        List.of("yql0192aaaabbbb")));
    }

    @Test
    void nothingBreaksOutOfItsPlace() {
        String evil = "'/><disk a=\"b\">&amp;]]>\u0000\u001b\n";
        String xml = DomainXml.of(
                plan(), 3, evil, new DomainXml.Hypervisor(false, false), files(kernel(evil)), List.of("tap'<"));
        DomainSeen seen = DomainSeen.of(xml).orElseThrow();
        assertThat(seen.id()).isEqualTo(ID);
        assertThat(seen.applied()).isEqualTo(evil.replace('\u0000', '\uFFFD').replace('\u001b', '\uFFFD'));
        assertThat(xml).doesNotContain("<disk a=");
    }

    @Test
    void whatLibvirtDescribesIsReadBack() {
        String off = DomainXml.of(
                plan(), 3, "abc", new DomainXml.Hypervisor(false, false), files(kernel("quiet")), List.of("tap"));
        String on = off.replace("<domain type='qemu'>", "<domain type='qemu' id='5'>");
        String ready = on.replace("name='org.qemu.guest_agent.0'", "name='org.qemu.guest_agent.0' state='connected'");
        assertThat(DomainSeen.of(off)).contains(new DomainSeen(ID, 3, "abc", false, false));
        assertThat(DomainSeen.of(on)).contains(new DomainSeen(ID, 3, "abc", true, false));
        assertThat(DomainSeen.of(ready)).contains(new DomainSeen(ID, 3, "abc", true, true));
        assertThat(DomainSeen.of("<domain type='kvm' id='1'><name>someone's</name></domain>"))
                .isEmpty();
    }

    @Test
    void theGuestsUserIsLibvirtsOwnWhereThereIsOne() {
        assertThat(LibvirtEngine.GuestUser.of("root:x:0:0::/root:/bin/sh\nlibvirt-qemu:x:107:108::/x:/bin/false\n"))
                .isEqualTo(new LibvirtEngine.GuestUser(107, 108));
        assertThat(LibvirtEngine.GuestUser.of("root:x:0:0::/root:/bin/sh\n"))
                .isEqualTo(new LibvirtEngine.GuestUser(64055, 64055));
    }

    @Test
    void theSeedIsWhatCloudInitReads() throws Exception {
        StringBuilder all = new StringBuilder();
        Seed.files(Rig.plan(ID, Optional.of("#cloud-config\nlocale: false\n")))
                .forEach((name, bytes) ->
                        all.append("== ").append(name).append('\n').append(new String(bytes, StandardCharsets.UTF_8)));
        golden("seed.txt", all.toString());
    }
}

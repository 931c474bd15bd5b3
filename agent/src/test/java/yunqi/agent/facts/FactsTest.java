package yunqi.agent.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.Bytes;
import yunqi.core.host.HostFacts;

final class FactsTest {
    @TempDir
    Path folder;

    @Test
    void processorsAreCountedFromTheKernelsList() {
        assertThat(Facts.cpus("0\n")).isEqualTo(1);
        assertThat(Facts.cpus("0-3\n")).isEqualTo(4);
        assertThat(Facts.cpus("0-3,8,10-11\n")).isEqualTo(7);
    }

    @Test
    void theKernelsFilesAreUnderstood() {
        assertThat(Facts.memory("MemTotal:       24683844 kB\nMemFree: 1 kB\n")).isEqualTo(new Bytes(24683844L * 1024));
        assertThat(Facts.operatingSystem("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"))
                .isEqualTo("Debian GNU/Linux 12 (bookworm)");
        assertThat(Facts.architecture("x86_64")).isEqualTo("amd64");
        assertThat(Facts.architecture("aarch64")).isEqualTo("arm64");
    }

    @Test
    void versionsAreFoundInWhatProgramsSay() {
        assertThat(Versions.version("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)"))
                .contains("7.2.22");
        assertThat(Versions.version("Docker version 20.10.24+dfsg1, build 5d6db84"))
                .contains("20.10.24");
        assertThat(Versions.version("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1"))
                .contains("1.6.20");
        assertThat(Versions.version("libvirtd (libvirt) 9.0.0")).contains("9.0.0");
        assertThat(Versions.version("nothing")).isEmpty();
    }

    @Test
    void controlGroupsAreToldApart() throws Exception {
        Path v2 = Files.createDirectories(folder.resolve("v2"));
        Files.createFile(v2.resolve("cgroup.controllers"));
        Path hybrid = Files.createDirectories(folder.resolve("hybrid/unified"));
        Files.createFile(hybrid.resolve("cgroup.controllers"));

        assertThat(Facts.cgroup(v2)).isEqualTo("v2");
        assertThat(Facts.cgroup(folder.resolve("hybrid"))).isEqualTo("hybrid");
        assertThat(Facts.cgroup(folder)).isEqualTo("v1");
    }

    @Test
    void thisMachineHasFacts() throws Exception {
        Facts facts = new Facts(folder, new TreeMap<>(Map.of("docker", "1.2")));

        HostFacts now = facts.read(new HostFacts.Kvm(false, "not asked"));

        assertThat(now.cpus()).isPositive();
        assertThat(now.memory().count()).isGreaterThan(1 << 27);
        assertThat(now.disks().getFirst().size().count()).isPositive();
        assertThat(now.bootId()).hasSize(36);
        assertThat(now.engines()).containsEntry("docker", "1.2");
        assertThat(facts.read(new HostFacts.Kvm(false, "not asked"))).isEqualTo(now);
    }

    @Test
    void kvmIsProbedOnceForABootAndAVersion() throws Exception {
        AtomicInteger probes = new AtomicInteger();
        Path file = folder.resolve("agent/kvm.json");
        KvmProbe probe = () -> new HostFacts.Kvm(false, "probe " + probes.incrementAndGet());

        assertThat(new KvmOnce(file, probe)
                        .answer(new KvmOnce.For("boot", "7.2"))
                        .reason())
                .isEqualTo("probe 1");
        assertThat(new KvmOnce(file, probe)
                        .answer(new KvmOnce.For("boot", "7.2"))
                        .reason())
                .isEqualTo("probe 1");
        assertThat(new KvmOnce(file, probe)
                        .answer(new KvmOnce.For("boot", "10.0"))
                        .reason())
                .isEqualTo("probe 2");
        assertThat(new KvmOnce(file, probe)
                        .answer(new KvmOnce.For("next", "10.0"))
                        .reason())
                .isEqualTo("probe 3");
    }
}

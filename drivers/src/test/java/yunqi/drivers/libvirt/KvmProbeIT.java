package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.host.HostFacts;

final class KvmProbeIT {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    @TempDir
    private Path folder = Path.of("");

    /** The control: emulated, the very same guest boots; if it did not, the probe would say of every host that it has no KVM. */
    @Test
    void theGuestBootsWhereItCan() {
        assertThat(KvmProbe.boot(folder, "tcg", Duration.ofSeconds(20)).usable())
                .isTrue();
    }

    @Test
    void anAnswerComesInTimeAndNothingIsLeft() throws Exception {
        Instant begin = Instant.now();
        HostFacts.Kvm kvm = KvmProbe.probe(folder);
        assertThat(Duration.between(begin, Instant.now())).isLessThan(LIMIT.plusSeconds(5));
        assertThat(kvm.reason()).isNotBlank();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        assertThat(ProcessHandle.current()
                        .children()
                        .filter(child -> child.info()
                                .command()
                                .filter(command -> command.contains("qemu"))
                                .isPresent()))
                .isEmpty();
    }

    @Test
    void anAcceleratorThatIsNotThereIsUnusableInWords() {
        HostFacts.Kvm kvm = KvmProbe.boot(folder, "no-such-accelerator", LIMIT);
        assertThat(kvm.usable()).isFalse();
        assertThat(kvm.reason()).contains("no-such-accelerator");
    }
}

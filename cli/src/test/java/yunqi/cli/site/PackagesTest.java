package yunqi.cli.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PackagesTest {
    @Test
    void namesStandBeforeWhatIsSaidOfThem() {
        assertThat(Packages.names("# all\niproute2   # interfaces\n\nlibvirt-daemon\n"))
                .containsExactly("iproute2", "libvirt-daemon");
    }

    @Test
    void aPackageThatAptDoesNotKnowIsNamed() {
        assertThat(Packages.sentence(
                        "install", List.of("ovn-host", "tini"), "Reading…\nE: Unable to locate package tini\n"))
                .startsWith("the package tini cannot be installed: apt knows no such package");
        assertThat(Packages.sentence(
                        "install",
                        List.of("tini"),
                        "Package tini is not available, but\nE: Package 'tini' has no installation candidate\n"))
                .startsWith("the package tini cannot be installed");
        assertThat(Packages.sentence("install", List.of("tini"), "E: Could not get lock /var/lib/dpkg/lock-frontend\n"))
                .isEqualTo("packages cannot be installed: Could not get lock /var/lib/dpkg/lock-frontend");
        assertThat(Packages.sentence("update", List.of(), "E: Failed to fetch http://x\n"))
                .isEqualTo("the lists of packages cannot be read: Failed to fetch http://x");
    }

    @Test
    void anArchiveOutOfReachIsNotAnUnknownPackage() {
        assertThat(Packages.unread("Hit:1 x\nW: Failed to fetch http://x/InRelease  Could not resolve 'x'\nW: Some\n"))
                .hasValueSatisfying(said -> assertThat(said)
                        .startsWith("the lists of packages cannot be read: Failed to fetch http://x/InRelease"));
        assertThat(Packages.unread("Hit:1 x\nReading package lists...\n")).isEmpty();
    }

    @Test
    void aMachinesNameBecomesANameOfOurs() {
        assertThat(HostAgent.nameOf("Node_7.example.org")).isEqualTo("node-7");
        assertThat(HostAgent.nameOf("--a--")).isEqualTo("a");
        assertThat(HostAgent.nameOf("...")).isEqualTo("host-1");
        assertThat(HostAgent.nameOf("x".repeat(80))).hasSize(63);
    }
}

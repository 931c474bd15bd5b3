package yunqi.drivers.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import yunqi.core.base.BadValue;

class ReachableTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.255.254",
                "0.0.0.0",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "198.19.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "::10.0.0.1",
                "64:ff9b::a00:1",
                "2002:a00:1::",
                "2001:0:a00:1::",
                "fe80::1",
                "fec0::1",
                "fd00::1",
                "ff02::1"
            })
    void whatIsNotOfTheInternetIsClosed(String address) {
        assertThat(new Reachable(List.of()).permits(InetAddress.ofLiteral(address)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "172.32.0.1", "172.15.255.255", "100.128.0.1", "2606:4700::1111", "2a00::1"})
    void theInternetIsOpen(String address) {
        assertThat(new Reachable(List.of()).permits(InetAddress.ofLiteral(address)))
                .isTrue();
    }

    @Test
    void theOperatorOpensBlocks() {
        Reachable reachable = new Reachable(List.of("10.2.0.0/16", "fd00:1::/32", "192.168.7.9"));
        assertThat(reachable.permits(InetAddress.ofLiteral("10.2.255.1"))).isTrue();
        assertThat(reachable.permits(InetAddress.ofLiteral("10.3.0.1"))).isFalse();
        assertThat(reachable.permits(InetAddress.ofLiteral("fd00:1:5::1"))).isTrue();
        assertThat(reachable.permits(InetAddress.ofLiteral("fd00:2::1"))).isFalse();
        assertThat(reachable.permits(InetAddress.ofLiteral("192.168.7.9"))).isTrue();
        assertThat(reachable.permits(InetAddress.ofLiteral("192.168.7.8"))).isFalse();
        for (String wrong : List.of("example.org/8", "10.0.0.0/33", "10.0.0.0/x", "", "10.0.0.0/-1")) {
            assertThatThrownBy(() -> new Reachable(List.of(wrong))).isInstanceOf(BadValue.class);
        }
    }
}

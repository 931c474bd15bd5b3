package yunqi.drivers.ovn;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.within;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/** A host's engine from its first start to its removal. */
final class OvsEngineIT {
    private OvnLab lab;

    @BeforeEach
    void start() throws Exception {
        lab = OvnLab.start(4, 1);
    }

    @AfterEach
    void stop() throws Exception {
        lab.close();
    }

    private List<String> devices() throws EngineException {
        return lab.host(0)
                .run("ip", "-br", "link")
                .lines()
                .map(line -> line.split("[ @]", 2)[0])
                .filter(device -> !device.equals("lo") && !device.equals("uplink"))
                .toList();
    }

    /** The southbound knows the host by its id, which only the host's own certificate may write. */
    @Test
    void theHostIsAChassisByItsCertificate() throws Exception {
        within(
                OvnLab.PATIENCE,
                "the chassis is there",
                () -> Command.must(
                                Duration.ofSeconds(10),
                                List.of(
                                        "ovn-sbctl",
                                        "--db=unix:" + lab.central().southboundSocket(),
                                        "--bare",
                                        "--columns=name",
                                        "list",
                                        "Chassis"))
                        .contains(lab.host(0).id().toString()));
    }

    @Test
    void removingLeavesNoDeviceAndNoRule() throws Exception {
        within(
                OvnLab.PATIENCE,
                "the bridge is there",
                () -> devices().contains(lab.host(0).place().bridge()));
        OvsEngine.remove(lab.host(0).database(), lab.host(0).place());
        assertThat(devices()).isEmpty();
        assertThat(lab.host(0).run("nft", "list", "ruleset")).isBlank();
        OvsEngine.remove(lab.host(0).database(), lab.host(0).place());
    }

    @Test
    void removingAfterAllWasKilledLeavesNoDeviceEither() throws Exception {
        within(
                OvnLab.PATIENCE,
                "the bridge is there",
                () -> devices().contains(lab.host(0).place().bridge()));
        for (Daemon daemon : OvsEngine.daemons(lab.host(0).place())) {
            Daemons.stop(daemon, Duration.ZERO);
        }
        OvsEngine.remove(lab.host(0).database(), lab.host(0).place());
        assertThat(devices()).isEmpty();
        assertThat(lab.host(0).run("nft", "list", "ruleset")).isBlank();
    }
}

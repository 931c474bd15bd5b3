package yunqi.trials.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import yunqi.trials.simulation.planted.Planted;

class SimulationTest {
    private static final int SEEDS = 60; // about half a minute; ./dev sim lives as many as it is told

    @BeforeAll
    static void quiet() {
        Main.quiet();
    }

    @Test
    void cloudsSurviveTheirFaultsAndConverge() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        assertThat(Main.run(List.of("--seeds", "" + SEEDS, "--coverage"), out))
                .as(bytes.toString(StandardCharsets.UTF_8))
                .isZero();
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("sim: " + SEEDS + " clouds (seeds 1 to " + SEEDS + ")");
    }

    @Test
    void theSameSeedGivesTheSameEvents() {
        Simulation.Result first = Simulation.run(7, Planted.NOTHING);
        Simulation.Result second = Simulation.run(7, Planted.NOTHING);
        Simulation.Result other = Simulation.run(8, Planted.NOTHING);
        assertThat(second).isEqualTo(first);
        assertThat(other.hash()).isNotEqualTo(first.hash());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
    void aPlantedMistakeIsFound(Planted planted) {
        assertThat(Runs.firstFailure(planted, 1, Main.ENOUGH))
                .as(planted + " is not found in " + Main.ENOUGH + " clouds")
                .isPresent();
    }

    @Test
    void theCommandSaysHowItWentByItsExitCode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        assertThat(Main.run(List.of("--seeds", "1", "--planted", "ORPHANS_DESTROYED"), out))
                .isEqualTo(127);
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("SAFETY")
                .contains("./dev sim --seeds 1 --from 1 --planted ORPHANS_DESTROYED");
        assertThat(Main.run(List.of("--seeds"), out)).isEqualTo(2);
        assertThat(Main.run(List.of("--clouds", "2"), out)).isEqualTo(2);
    }
}

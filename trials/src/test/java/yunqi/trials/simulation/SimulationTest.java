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

class SimulationTest {
    private static final int SEEDS = 10; // about ten seconds; ./dev sim lives as many as it is told
    private static final int ENOUGH = 200; // a mistake that this many clouds don't show would not be seen in daily use

    @BeforeAll
    static void quiet() {
        Main.quiet();
    }

    @Test
    void cloudsSurviveTheirFaultsAndConverge() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Simulation.Result result = Simulation.run(seed, Planted.NOTHING);
            assertThat(result.failure())
                    .as("seed " + seed + ": " + result.last())
                    .isEmpty();
            assertThat(result.events()).isGreaterThan(1_000);
        }
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
        for (long seed = 1; seed <= ENOUGH; seed++) {
            if (Simulation.run(seed, planted).failure().isPresent()) {
                return;
            }
        }
        throw new AssertionError(planted + " was not found in " + ENOUGH + " clouds");
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

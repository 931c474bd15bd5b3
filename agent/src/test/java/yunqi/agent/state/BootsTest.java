package yunqi.agent.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.EngineException;

class BootsTest {
    @Test
    void aBootEndsWithTheMachinesAndWhenTheHostIsTakenDown(@TempDir Path folder) throws EngineException {
        String first = new Boots(folder).current("a");
        assertThat(new Boots(folder).current("a")).as("a restart of the agent").isEqualTo(first);
        assertThat(new Boots(folder).current("b")).isNotEqualTo(first);
        new Boots(folder).next();
        String second = new Boots(folder).current("a");
        assertThat(second).isNotEqualTo(first).isEqualTo(new Boots(folder).current("a"));
        new Boots(folder).next();
        assertThat(new Boots(folder).current("a")).isNotIn(first, second);
    }
}

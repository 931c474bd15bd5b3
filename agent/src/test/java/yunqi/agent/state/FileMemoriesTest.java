package yunqi.agent.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.instance.Ending;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.LocalMemory;

class FileMemoriesTest {
    private static final InstanceId ID = new InstanceId(new UUID(1, 1));

    private static Memories.Kept kept(long epoch) {
        LocalMemory memory = new LocalMemory(
                epoch,
                "boot",
                3,
                Optional.of(Instant.EPOCH),
                2,
                Optional.empty(),
                Optional.of(7),
                Optional.of(Instant.EPOCH),
                Optional.of(new Ending(Instant.EPOCH, Optional.of(7), "out of memory")));
        return new Memories.Kept(ID, Optional.empty(), memory, Optional.of(Instant.EPOCH));
    }

    @Test
    void whatWasKeptIsThereAfterARestart(@TempDir Path folder) throws Exception {
        FileMemories memories = FileMemories.open(folder.resolve("memory"));
        memories.keep(kept(1));
        memories.keep(kept(2));
        memories.keepHostEpoch(5);
        FileMemories again = FileMemories.open(folder.resolve("memory"));
        assertThat(again.all()).containsExactly(kept(2));
        assertThat(again.hostEpoch()).isEqualTo(5);
        again.forget(ID);
        again.forget(ID);
        assertThat(again.all()).isEmpty();
    }

    @Test
    void aFolderThatIsNewKnowsNothing(@TempDir Path folder) throws Exception {
        FileMemories memories = FileMemories.open(folder.resolve("deep/memory"));
        assertThat(memories.all()).isEmpty();
        assertThat(memories.hostEpoch()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("deep/memory"))))
                .isEqualTo("rwx------");
    }

    @Test
    void aHalfWrittenFileIsNotSeen(@TempDir Path folder) throws Exception {
        FileMemories memories = FileMemories.open(folder);
        memories.keep(kept(1));
        Files.writeString(folder.resolve(ID + ".json.77.new"), "{\"id\":");
        assertThat(FileMemories.open(folder).all()).isEqualTo(List.of(kept(1)));
    }

    @Test
    void aFileThatCannotBeUnderstoodIsSetAside(@TempDir Path folder) throws Exception {
        FileMemories memories = FileMemories.open(folder);
        Files.writeString(folder.resolve(ID + ".json"), "not JSON");
        assertThat(memories.all()).isEmpty();
        assertThat(folder.resolve(ID + ".json.broken")).exists();
    }
}

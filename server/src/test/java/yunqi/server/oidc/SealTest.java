package yunqi.server.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatIsSealedOpensForItsPurposeOnly() {
        Seal seal = Seal.fresh();
        String sealed = seal.close("one", "geheim 云");
        assertThat(sealed).doesNotContain("geheim").isNotEqualTo(seal.close("one", "geheim 云"));
        assertThat(seal.open("one", sealed)).contains("geheim 云");
        assertThat(seal.open("two", sealed)).isEmpty();
        assertThat(Seal.fresh().open("one", sealed)).isEmpty();
        for (int i = 0; i < sealed.length(); i++) {
            char other = sealed.charAt(i) == 'A' ? 'B' : 'A';
            // The last letter holds bits that say nothing.
            if (i < sealed.length() - 1) {
                assertThat(seal.open("one", sealed.substring(0, i) + other + sealed.substring(i + 1)))
                        .isEmpty();
            }
        }
        for (String nonsense : new String[] {"", "A", "!", "AAAA", "A".repeat(100)}) {
            assertThat(seal.open("one", nonsense)).isEmpty();
        }
    }

    @Test
    void theKeyIsAFileForTheServerAlone() throws IOException {
        Path file = folder.resolve("seal.key");
        String sealed = Seal.open(file).close("one", "secret");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Seal.open(file).open("one", sealed)).contains("secret");
        Files.write(file, new byte[3]);
        assertThatThrownBy(() -> Seal.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("seal.key");
    }
}

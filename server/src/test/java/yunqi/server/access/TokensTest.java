package yunqi.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.server.agents.JoinToken;
import yunqi.server.http.Refused;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

final class TokensTest {
    private final Path file;
    private Instant now = Instant.parse("2026-03-01T10:00:00Z");
    private final MemoryStore store = new MemoryStore(() -> now);
    private final Tokens tokens = new Tokens(store, () -> now);

    TokensTest(@TempDir Path folder) {
        file = folder.resolve("operator-token");
    }

    @Test
    void theFirstTokenIsWrittenOnceForItsOwnerOnly() throws Exception {
        tokens.first(file);
        String secret = Files.readString(file).strip();
        assertThat(secret).matches("[0-9a-f]{64}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.delete(file);
        tokens.first(file);
        assertThat(file).doesNotExist();
        assertThat(operator(store, tokens, "Bearer " + secret)).isTrue();
        assertThat(operator(store, tokens, "bearer " + secret)).isTrue();
    }

    @Test
    void theSecretItselfIsKeptNowhere() throws Exception {
        tokens.first(file);
        String secret = Files.readString(file).strip();
        String join = tokens.join().token();
        for (Row row : store.list(Query.all(JoinToken.KIND)).rows()) {
            assertThat(row.toString()).doesNotContain(secret).doesNotContain(join);
        }
    }

    @Test
    void aFileThatIsThereIsTheToken() throws Exception {
        tokens.first(file);
        String secret = Files.readString(file).strip();
        MemoryStore empty = new MemoryStore(() -> now);
        Tokens anew = new Tokens(empty, () -> now);
        anew.first(file);
        assertThat(Files.readString(file).strip()).isEqualTo(secret);
        assertThat(operator(empty, anew, "Bearer " + secret)).isTrue();
    }

    @Test
    void aTokenThatIsTakenBackStopsWorking() throws Exception {
        tokens.first(file);
        String bearer = "Bearer " + Files.readString(file).strip();
        assertThat(operator(store, tokens, bearer)).isTrue();
        Row row = store.list(Query.all(JoinToken.KIND)).rows().getFirst();
        store.write(List.of(new Write.MarkDeleted(row.id(), 1, now), new Write.Remove(row.id(), 0)));
        assertThat(operator(store, tokens, bearer)).isFalse();
    }

    @Test
    void tokensOfHostsThatNeverJoinedAreForgotten() throws Exception {
        tokens.join();
        now = now.plus(Tokens.JOIN).plusSeconds(1);
        tokens.join();
        assertThat(store.list(Query.all(JoinToken.KIND)).rows()).hasSize(1);
    }

    private boolean operator(MemoryStore rows, Tokens all, String authorization) {
        try {
            return new Callers(rows, () -> now, all, false)
                    .caller(authorization)
                    .operator();
        } catch (Refused refused) {
            assertThat(refused.status()).isEqualTo(401);
            return false;
        }
    }
}

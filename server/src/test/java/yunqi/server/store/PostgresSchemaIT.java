package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.wire.Release;

/** The tables are brought to a release wholly or not at all, by one at a time, and never by one that does not understand them. */
final class PostgresSchemaIT {
    private static final String OURS = "classpath:db/migration";

    @TempDir
    private Path folder = Path.of("");

    private PostgresSettings settings = PostgresSettings.of("jdbc:postgresql:", "", "");

    @BeforeEach
    void database() throws Exception {
        settings = PostgresForTests.database();
    }

    private static Release release(int number) {
        return new Release(number, "0." + number + ".0");
    }

    private List<String> with(String file, String text) throws Exception {
        Files.writeString(folder.resolve(file), text);
        return List.of(OURS, "filesystem:" + folder);
    }

    private String one(String query) throws Exception {
        try (Connection connection = PostgresForTests.connect(settings);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next() ? String.valueOf(result.getString(1)) : "none";
        }
    }

    @Test
    void aMigrationThatFailsLeavesNothingOfItselfNorOfThoseBeforeIt() throws Exception {
        PostgresSchema.migrate(settings);
        with("V98__good.sql", "create table good (a int);");
        List<String> migrations = with("V99__bad.sql", "create table bad (a int);\nselect 1 / 0;");
        assertThatThrownBy(() -> PostgresSchema.migrate(settings, migrations, release(2)))
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("cannot be brought to 0.2.0, and is as it was")
                .hasMessageContaining("division by zero")
                .message()
                .hasLineCount(1);
        assertThat(one("select to_regclass('good')")).isEqualTo("null");
        assertThat(one("select max(version::int) from flyway_schema_history")).isEqualTo(ours());
        assertThat(one("select release from schema_release")).isEqualTo("1");
        PostgresStore.open(settings, Instant::now).close(); // who was there before goes on
    }

    private static String ours() throws Exception {
        Path migration =
                Path.of(Objects.requireNonNull(PostgresSchemaIT.class.getResource("/db/migration/V1__store.sql"))
                        .toURI());
        try (Stream<Path> files = Files.list(Objects.requireNonNull(migration.getParent()))) {
            int newest = files.map(file -> file.getFileName().toString())
                    .mapToInt(name -> Integer.parseInt(name.substring(1, name.indexOf("__"))))
                    .max()
                    .orElseThrow();
            return Integer.toString(newest);
        }
    }

    @Test
    void theReleaseBeforeWorksOnNewerTablesAndTheOneBeforeThatKeepsItsHandsOff() throws Exception {
        PostgresSchema.migrate(settings, List.of(OURS), release(1));
        PostgresSchema.migrate(settings, with("V98__more.sql", "create table more (a int);"), release(2));
        assertThat(one("select version from schema_release")).isEqualTo("0.2.0");
        PostgresSchema.migrate(settings, List.of(OURS), release(1));
        assertThat(one("select release from schema_release"))
                .as("they are what they are")
                .isEqualTo("2");
        PostgresSchema.migrate(settings, with("V99__evenMore.sql", "create table even_more (a int);"), release(3));
        assertThatThrownBy(() -> PostgresSchema.migrate(settings, List.of(OURS), release(1)))
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("0.3.0 (release 3)")
                .hasMessageContaining("this one is 0.1.0 (release 1)")
                .hasMessageContaining("restore a backup");
        assertThat(one("select release from schema_release")).isEqualTo("3");
    }

    @Test
    void manyAtOnceDoItOnce() throws Exception {
        List<String> migrations = with("V99__once.sql", "create table once (a int);\nselect pg_sleep(0.2);");
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 4; i++) {
                all.add(threads.submit(() -> PostgresSchema.migrate(settings, migrations, release(1))));
            }
        }
        for (Future<?> one : all) {
            one.get();
        }
        assertThat(one("select count(*) from flyway_schema_history where version = '99'"))
                .isEqualTo("1");
    }
}

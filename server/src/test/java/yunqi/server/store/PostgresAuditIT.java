package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditChain.Found;
import yunqi.core.audit.AuditChain.Mark;

/** The contract on the real thing, and what the real thing refuses to do even if it is told to. */
final class PostgresAuditIT extends AuditContract {
    private Optional<PostgresSettings> settings = Optional.empty();
    private Optional<PostgresStore> store = Optional.empty();

    @BeforeEach
    void open() throws Exception {
        settings = Optional.of(PostgresForTests.database());
        store = Optional.of(PostgresStore.open(settings.orElseThrow(), Instant::now));
    }

    @AfterEach
    void close() {
        store.orElseThrow().close();
    }

    @Override
    Audit audit() {
        return store.orElseThrow().audit();
    }

    private void sql(String... statements) throws Exception {
        try (Connection connection = PostgresForTests.connect(settings.orElseThrow());
                Statement statement = connection.createStatement()) {
            for (String one : statements) {
                statement.execute(one);
            }
        }
    }

    @Test
    void theDatabaseChangesAndRemovesNothing() {
        appended(entry("a"), entry("b"), entry("c"));
        for (String forbidden : List.of(
                "update audit set actor = 'eve' where number = 2",
                "delete from audit where number = 2",
                "delete from audit",
                "truncate audit",
                "update audit_mark set number = 1 where which = 'head'",
                "update audit_mark set number = 9 where which = 'head'",
                "update audit_mark set number = 2, hash = 'x' where which = 'start'",
                "update audit_mark set which = 'none'",
                "delete from audit_mark",
                "truncate audit_mark",
                "insert into audit_mark values ('other', 1, '')")) {
            assertThatThrownBy(() -> sql(forbidden)).as(forbidden).hasMessageContaining("the audit");
        }
        assertThat(all()).hasSize(3);
    }

    /** Whoever owns the database can turn that off; then the chain tells. */
    @Test
    void whatWasDoneBehindOurBackIsFound() throws Exception {
        appended(entry("a"), entry("b"), entry("c"), entry("d"));
        sql(
                "alter table audit disable trigger all",
                "update audit set actor = 'eve' where number = 2",
                "alter table audit enable trigger all");
        assertThat(AuditChain.check(Mark.START, all())).isInstanceOf(Found.Broken.class);
        assertThat(((Found.Broken) AuditChain.check(Mark.START, all())).number())
                .isEqualTo(2);
        sql("alter table audit disable trigger all", "update audit set actor = 'alice' where number = 2");
        assertThat(AuditChain.check(Mark.START, all())).isInstanceOf(Found.Whole.class);
        sql("delete from audit where number = 4", "alter table audit enable trigger all");
        assertThat(audit().ends().head().number())
                .as("the head knows that one is gone")
                .isEqualTo(4);
        appended(entry("e"));
        assertThat(((Found.Broken) AuditChain.check(Mark.START, all())).number())
                .isEqualTo(4);
    }

    @Test
    void itOutlivesTheConnection() throws Exception {
        appended(entry("a"));
        audit().announce("me", List.of(announced(entry("b"))));
        store.orElseThrow().close();
        store = Optional.of(PostgresStore.open(settings.orElseThrow(), Instant::now));
        assertThat(all()).hasSize(1);
        assertThat(audit().left("me", Instant.EPOCH, 9)).hasSize(1);
    }
}

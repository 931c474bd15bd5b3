package yunqi.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditChain.Mark;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.AuditFilter;
import yunqi.core.audit.Outcome;
import yunqi.core.audit.What;
import yunqi.core.audit.Who;
import yunqi.core.wire.Wire;

/**
 * The audit in PostgreSQL. Who appends holds the row of the chain's head, so all servers together make one chain. The head is a row of its own: were it looked for among
 * the entries, nobody would see that the last ones are gone.
 */
final class PostgresAudit implements Audit {
    private static final int ATTEMPTS = 5; // only a meeting with a fault of PostgreSQL's own makes a second one

    private final PostgresDatabase database;

    PostgresAudit(PostgresDatabase database) {
        this.database = database;
    }

    /** An entry as one row, for a single statement that inserts many. */
    private record Kept(
            long number,
            Instant at,
            String actor,
            Optional<UUID> token,
            Optional<String> label,
            String origin,
            String method,
            String route,
            Optional<String> project,
            String kind,
            String name,
            int status,
            Optional<String> code,
            Optional<String> field,
            String request,
            long count,
            String hash) {
        static Kept of(AuditEntry entry) {
            Who who = entry.who();
            What what = entry.what();
            Outcome outcome = entry.outcome();
            return new Kept(
                    entry.number(),
                    entry.at(),
                    who.name(),
                    who.token(),
                    who.label(),
                    who.from(),
                    what.method(),
                    what.route(),
                    what.project(),
                    what.kind(),
                    what.name(),
                    outcome.status(),
                    outcome.code(),
                    outcome.field(),
                    entry.request(),
                    entry.count(),
                    entry.hash());
        }
    }

    private record Open(UUID id, Instant at, AuditEntry entry) {}

    @Override
    public void announce(String by, List<Announced> entries) {
        List<Open> rows = entries.stream()
                .map(one -> new Open(one.id(), one.entry().at(), one.entry()))
                .toList();
        again(handle -> handle.createUpdate("""
                        insert into audit_open (id, by, at, entry)
                        select r.id, :by, r.at, r.entry
                        from json_to_recordset(:rows::json) as r(id uuid, at timestamptz, entry json)
                        on conflict (id) do update set entry = excluded.entry""")
                .bind("by", by)
                .bind("rows", Wire.write(rows))
                .execute());
    }

    @Override
    public void append(List<Announced> entries) {
        again(handle -> {
            Mark head = mark(handle, "head", " for update");
            List<UUID> ids = entries.stream().map(Announced::id).toList();
            Set<UUID> open =
                    new TreeSet<>(handle.createQuery("delete from audit_open where id = any(:ids) returning id")
                            .bindArray("ids", UUID.class, ids)
                            .mapTo(UUID.class)
                            .list());
            List<AuditEntry> chained = AuditChain.append(
                    head,
                    entries.stream()
                            .filter(one -> open.contains(one.id()))
                            .map(Announced::entry)
                            .toList());
            if (chained.isEmpty()) {
                return 0;
            }
            handle.createUpdate("insert into audit select * from json_populate_recordset(null::audit, :rows::json)")
                    .bind("rows", Wire.write(chained.stream().map(Kept::of).toList()))
                    .execute();
            return set(handle, "head", Mark.of(chained.getLast()));
        });
    }

    @Override
    public List<Announced> left(String by, Instant before, int limit) {
        return database.read(handle -> handle.createQuery(
                        "select id, entry from audit_open where by = :by or at < :before order by at limit :limit")
                .bind("by", by)
                .bind("before", before)
                .bind("limit", limit)
                .map((result, context) -> new Announced(
                        result.getObject("id", UUID.class), Wire.stored(result.getString("entry"), AuditEntry.class)))
                .list());
    }

    /** A condition that is not asked for is not written, so that the plan can use the right index. */
    @Override
    public List<AuditEntry> list(Asked asked) {
        AuditFilter filter = asked.filter();
        StringBuilder sql =
                new StringBuilder("select * from audit where number " + (asked.newestFirst() ? "<" : ">") + " :from");
        filter.actor().ifPresent(_ -> sql.append(" and actor = :actor"));
        filter.project().ifPresent(_ -> sql.append(" and project = :project"));
        filter.kind().ifPresent(_ -> sql.append(" and kind = :kind"));
        filter.name().ifPresent(_ -> sql.append(" and name = :name"));
        filter.from().ifPresent(_ -> sql.append(" and at >= :since"));
        filter.to().ifPresent(_ -> sql.append(" and at < :until"));
        filter.result()
                .ifPresent(result -> sql.append(
                        switch (result) {
                            case ACCEPTED -> " and status between 1 and 399";
                            case REFUSED -> " and status >= 400";
                            case UNKNOWN -> " and status = 0";
                        }));
        sql.append(" order by number ")
                .append(asked.newestFirst() ? "desc" : "asc")
                .append(" limit :limit");
        return database.read(handle -> {
            Query query = handle.createQuery(sql.toString())
                    .bind("from", asked.from())
                    .bind("limit", asked.limit());
            filter.actor().ifPresent(value -> query.bind("actor", value));
            filter.project().ifPresent(value -> query.bind("project", value));
            filter.kind().ifPresent(value -> query.bind("kind", value));
            filter.name().ifPresent(value -> query.bind("name", value));
            filter.from().ifPresent(value -> query.bind("since", value));
            filter.to().ifPresent(value -> query.bind("until", value));
            return query.map((result, context) -> entry(result)).list();
        });
    }

    private static AuditEntry entry(ResultSet result) throws SQLException {
        return new AuditEntry(
                result.getLong("number"),
                result.getObject("at", OffsetDateTime.class).toInstant(),
                new Who(
                        result.getString("actor"),
                        Optional.ofNullable(result.getObject("token", UUID.class)),
                        Optional.ofNullable(result.getString("label")),
                        result.getString("origin")),
                new What(
                        result.getString("method"),
                        result.getString("route"),
                        Optional.ofNullable(result.getString("project")),
                        result.getString("kind"),
                        result.getString("name")),
                new Outcome(
                        result.getInt("status"),
                        Optional.ofNullable(result.getString("code")),
                        Optional.ofNullable(result.getString("field"))),
                result.getString("request"),
                result.getLong("count"),
                result.getString("hash"));
    }

    @Override
    public Ends ends() {
        return database.transaction(handle -> new Ends(mark(handle, "start", ""), mark(handle, "head", "")));
    }

    @Override
    public void forget(long upto) {
        again(handle -> {
            Mark last = handle.createQuery("select number, hash from audit where number = :upto")
                    .bind("upto", upto)
                    .map((result, context) -> new Mark(result.getLong("number"), result.getString("hash")))
                    .findOne()
                    .orElseThrow(() -> new IllegalStateException("there is no entry " + upto + " to begin after"));
            set(handle, "start", last); // first: the table lets go of nothing after it
            return handle.createUpdate("delete from audit where number <= :upto")
                    .bind("upto", upto)
                    .execute();
        });
    }

    private static Mark mark(Handle handle, String which, String locked) {
        return handle.createQuery("select number, hash from audit_mark where which = :which" + locked)
                .bind("which", which)
                .map((result, context) -> new Mark(result.getLong("number"), result.getString("hash")))
                .one();
    }

    private static int set(Handle handle, String which, Mark mark) {
        return handle.createUpdate("update audit_mark set number = :number, hash = :hash where which = :which")
                .bind("which", which)
                .bind("number", mark.number())
                .bind("hash", mark.hash())
                .execute();
    }

    private <T> void again(Function<Handle, T> body) {
        for (int attempt = 1; ; attempt++) {
            try {
                database.transaction(body);
                return;
            } catch (PostgresDatabase.Conflict e) {
                if (attempt == ATTEMPTS) {
                    throw new StoreUnavailable("the audit was in others' way all the time: " + e.getMessage(), e);
                }
            }
        }
    }
}

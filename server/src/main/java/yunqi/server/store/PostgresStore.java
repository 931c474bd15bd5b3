package yunqi.server.store;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import yunqi.core.base.Clock;
import yunqi.core.base.Name;
import yunqi.core.base.Story;
import yunqi.core.wire.Wire;

/**
 * Everything in PostgreSQL. Any number of servers may share one database. Comes back by itself when PostgreSQL does; until then every call
 * throws {@link StoreUnavailable} within the patience of its settings, and nothing is queued.
 */
public final class PostgresStore implements Store {
    private static final int LOOKS = 2; // statements at once: one is read while the other is asked
    private static final int LOOK_LIMIT = 500; // rows by one statement; some megabyte
    private static final UUID BEFORE_ALL = new UUID(0, 0); // in PostgreSQL's order, which is that of the bytes
    private final PostgresDatabase database;
    private final PostgresLog log;
    private final PostgresLanes lanes;
    private final Lanes<Collection<UUID>, Map<UUID, Row>> looks;
    private final Clock clock;

    private PostgresStore(PostgresDatabase database, PostgresLog log, Clock clock) {
        this.database = database;
        this.log = log;
        this.lanes = new PostgresLanes(database, log.tail()::version, log::nudge);
        this.looks = new Lanes<>(LOOKS, LOOK_LIMIT, Collection::size, this::look);
        this.clock = clock;
    }

    /**
     * Connects and brings the tables to this version. {@link StoreUnavailable} if PostgreSQL does not answer. The clock says until when a
     * lease may be trusted here; who holds it is decided by PostgreSQL's own.
     */
    public static PostgresStore open(PostgresSettings settings, Clock clock) {
        return open(settings, clock, PostgresLog.Keep.DEFAULT);
    }

    static PostgresStore open(PostgresSettings settings, Clock clock, PostgresLog.Keep keep) {
        PostgresDatabase database = PostgresDatabase.open(settings);
        try {
            return new PostgresStore(database, PostgresLog.open(database, keep), clock);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /** The audit in the same database. */
    public Audit audit() {
        return new PostgresAudit(database);
    }

    @Override
    public Written write(List<Write> writes) {
        return lanes.write(List.copyOf(writes));
    }

    @Override
    public List<Written> writeAll(List<List<Write>> transactions) {
        return lanes.writeAll(transactions);
    }

    @Override
    public Optional<Row> get(UUID id) {
        return Optional.ofNullable(looks.ask(List.of(id)).get(id));
    }

    @Override
    public Map<UUID, Row> all(Collection<UUID> ids) {
        Map<UUID, Row> rows = new HashMap<>();
        List<UUID> left = List.copyOf(ids);
        for (int from = 0; from < left.size(); from += LOOK_LIMIT) {
            List<UUID> some = left.subList(from, Math.min(left.size(), from + LOOK_LIMIT));
            Map<UUID, Row> found = looks.ask(some);
            some.forEach(id -> found.computeIfPresent(id, (_, row) -> {
                rows.put(id, row);
                return row;
            }));
        }
        return rows;
    }

    /** All that anybody asks for, in one statement; everybody gets it all. */
    private List<Map<UUID, Row>> look(List<Collection<UUID>> asked) {
        List<UUID> ids = asked.stream().flatMap(Collection::stream).distinct().toList();
        Map<UUID, Row> rows = new HashMap<>();
        database.read(handle -> handle.createQuery(
                                "select " + PostgresRows.COLUMNS + " from thing where id = any(:ids)")
                        .bindArray("ids", UUID.class, ids)
                        .map((result, context) -> PostgresRows.row(result))
                        .list())
                .forEach(row -> rows.put(row.id(), row));
        return Collections.nCopies(asked.size(), rows);
    }

    @Override
    public List<Revision> revisions(String kind, Optional<UUID> host, Optional<UUID> after, int limit) {
        String narrowed = host.isPresent() ? " and host = :host" : "";
        return database.read(handle -> handle.createQuery(
                        "select id, generation, decision, observation from thing where kind = :kind" + narrowed
                                + " and id > :after order by id limit :limit")
                .bind("kind", kind)
                .bind("host", host.orElse(null))
                .bind("after", after.orElse(BEFORE_ALL))
                .bind("limit", limit)
                .map((result, context) -> new Revision(result.getObject("id", UUID.class), PostgresRows.counts(result)))
                .list());
    }

    @Override
    public Story story(UUID id) {
        return database.read(handle -> handle.createQuery("select story from thing where id = :id")
                .bind("id", id)
                .mapTo(String.class)
                .findOne()
                .map(told -> Wire.stored(told, Story.class))
                .orElse(Story.EMPTY));
    }

    @Override
    public Optional<Row> find(String kind, Optional<Name> project, Name name) {
        return database.read(handle -> handle.createQuery("select " + PostgresRows.COLUMNS
                        + " from thing where kind = :kind and project = :project and name = :name")
                .bind("kind", kind)
                .bind("project", project.map(Name::value).orElse(""))
                .bind("name", name.value())
                .map((result, context) -> PostgresRows.row(result))
                .findOne());
    }

    @Override
    public Page list(Query query) {
        // The position is read before the rows: what it counts was committed before, so the rows show it.
        long version = log.tail().version();
        Optional<NameKey> from = query.after().map(cursor -> Cursor.read(query.kind(), cursor));
        List<Row> rows = database.read(handle -> rows(handle, query, from));
        if (rows.size() <= query.limit()) {
            return new Page(List.copyOf(rows), Optional.empty(), version);
        }
        List<Row> page = List.copyOf(rows.subList(0, query.limit()));
        return new Page(page, Optional.of(Cursor.write(page.getLast())), version);
    }

    /** One more than asked for, if there is one. A condition that is not asked for is not written, so that the plan can use the right index. */
    private static List<Row> rows(Handle handle, Query query, Optional<NameKey> from) {
        StringBuilder sql = new StringBuilder("select " + PostgresRows.COLUMNS + " from thing where kind = :kind");
        if (!query.projects().isEmpty()) {
            sql.append(" and project = any(:projects)");
        }
        if (!query.labels().pairs().isEmpty()) {
            sql.append(" and labels <> '{}' and labels @> :labels::jsonb");
        }
        if (query.host().isPresent()) {
            sql.append(" and host = :host");
        }
        if (from.isPresent()) {
            sql.append(" and (project, name) > (:project, :name)");
        }
        sql.append(" order by project, name limit :limit");
        return handle.createQuery(sql.toString())
                .bind("kind", query.kind())
                .bindArray(
                        "projects",
                        String.class,
                        query.projects().stream().map(Name::value).toList())
                .bind("labels", Wire.write(query.labels()))
                .bind("host", query.host().orElse(null))
                .bind("project", from.map(NameKey::project).orElse(""))
                .bind("name", from.map(NameKey::name).orElse(""))
                .bind("limit", query.limit() + 1)
                .map((result, context) -> PostgresRows.row(result))
                .list();
    }

    @Override
    public long count(String kind, Optional<Name> project) {
        String narrowed = project.isPresent() ? " and project = :project" : "";
        return database.read(handle -> handle.createQuery("select count(*) from thing where kind = :kind" + narrowed)
                .bind("kind", kind)
                .bind("project", project.map(Name::value).orElse(""))
                .mapTo(Long.class)
                .one());
    }

    @Override
    public List<String> claims(String scope) {
        return database.read(handle -> handle.createQuery("select key from claim where scope = :scope order by key")
                .bind("scope", scope)
                .mapTo(String.class)
                .list());
    }

    @Override
    public Amounts charged(String pool) {
        return amounts(pool, "taken_").orElse(Amounts.NONE);
    }

    @Override
    public Optional<Amounts> limit(String pool) {
        return amounts(pool, "limit_");
    }

    private Optional<Amounts> amounts(String pool, String prefix) {
        return database.read(handle -> handle.createQuery("select * from pool where name = :pool")
                .bind("pool", pool)
                .map((result, context) -> PostgresRows.amounts(result, prefix))
                .findOne());
    }

    @Override
    public List<Change> changes(long after, int limit) {
        return log.tail().after(after, limit).orElseGet(() -> log.older(after, limit));
    }

    @Override
    public long version() {
        return log.tail().version();
    }

    @Override
    public Era era() {
        return database.era();
    }

    @Override
    public long oldest() {
        return log.oldest();
    }

    @Override
    public void await(long after, Duration longest) throws InterruptedException {
        log.tail().await(after, longest);
    }

    @Override
    public Optional<Lease> lease(String loop, String owner, Duration length) {
        // Counted here from before the call, there from when PostgreSQL does it: the holder always stops first.
        var expires = clock.now().plus(length);
        return database.transaction(handle -> {
                    // Taking it from another waits for what the other has under way in its name; renewing does not.
                    handle.createQuery("""
                            select 1 from lease where loop = :loop and owner <> :owner and expires <= clock_timestamp()
                            for update""")
                            .bind("loop", loop)
                            .bind("owner", owner)
                            .mapTo(Integer.class)
                            .findOne();
                    return handle.createQuery("""
                            insert into lease as l values
                                (:loop, :owner, (select max(start) + 1 from era), clock_timestamp() + :micros * interval '1 microsecond')
                            on conflict (loop) do update set owner = excluded.owner, expires = excluded.expires,
                                epoch = l.epoch + case when l.owner = excluded.owner then 0 else 1 end
                            where l.owner = excluded.owner or l.expires <= clock_timestamp()
                            returning epoch""")
                            .bind("loop", loop)
                            .bind("owner", owner)
                            .bind("micros", length.toNanos() / 1000)
                            .mapTo(Long.class)
                            .findOne();
                })
                .map(epoch -> new Lease(loop, owner, epoch, expires));
    }

    @Override
    public void release(String loop, String owner) {
        database.transaction(handle -> handle.createUpdate(
                        "update lease set owner = '', expires = clock_timestamp() where loop = :loop and owner = :owner")
                .bind("loop", loop)
                .bind("owner", owner)
                .execute());
    }

    @Override
    public void close() {
        log.close();
        database.close();
    }
}

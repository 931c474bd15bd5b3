package yunqi.server.store;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * Some transactions of ours as one of PostgreSQL: locks what they need, decides each by the rules of {@link Picture}, writes the difference. As
 * many round trips for 500 as for one, and one that is refused disturbs no other, since nothing is written before all are decided.
 *
 * <p>Whatever is changed or counted is locked first, so nobody can change it between the look and the write: rows cover their claims and charges, pools
 * their totals. What is not there cannot be locked; two who add the same name or key meet in the unique constraint, and the later one
 * does its batch again. Nobody deadlocks: leases, rows, pools, then new rows, new pools, new claims, and within each by key.
 */
final class PostgresBatch {
    /** What became of each transaction, and whether the change log has grown. */
    record Outcome(List<Written> written, boolean logged) {}

    private final Handle handle;
    private final Picture picture;
    private Instant now = Instant.EPOCH;

    private PostgresBatch(Handle handle, long stamp) {
        this.handle = handle;
        this.picture = new Picture(() -> stamp);
    }

    /** Inside a transaction. {@code stamp} is a position of the log that every reader may start after and still see these changes. */
    static Outcome run(Handle handle, List<List<Write>> transactions, long stamp) {
        PostgresBatch batch = new PostgresBatch(handle, stamp);
        batch.load(Needs.of(transactions));
        PostgresDifference difference = new PostgresDifference(handle, batch.picture);
        List<Written> written = new ArrayList<>();
        for (List<Write> writes : transactions) {
            written.add(batch.picture.apply(writes, batch.now));
        }
        List<Change> changes = batch.picture.takeChanges();
        difference.write(changes);
        return new Outcome(List.copyOf(written), !changes.isEmpty());
    }

    private void load(Needs needs) {
        ifAny(needs.loops(), this::leases);
        ifAny(needs.rows(), this::rows);
        ifAny(needs.names(), this::names);
        TreeSet<String> pools = new TreeSet<>(needs.pools());
        ifAny(needs.holders(), holders -> charges(holders, pools));
        ifAny(pools, this::pools);
        ifAny(needs.holders(), this::claimsOf);
        ifAny(needs.claims(), this::claims);
    }

    private static <T> void ifAny(Collection<T> wanted, Consumer<Collection<T>> load) {
        if (!wanted.isEmpty()) {
            load.accept(wanted);
        }
    }

    /** The key alone is locked: a renewal need not wait for us, a new owner must. */
    private void leases(Collection<String> loops) {
        query("""
                select loop, owner, epoch, expires, clock_timestamp() as now from lease
                where loop = any(:loops) order by loop for key share""")
                .bindArray("loops", String.class, loops)
                .map((result, context) -> {
                    now = result.getObject("now", OffsetDateTime.class).toInstant();
                    return new Lease(
                            result.getString("loop"),
                            result.getString("owner"),
                            result.getLong("epoch"),
                            result.getObject("expires", OffsetDateTime.class).toInstant());
                })
                .forEach(lease -> picture.leases.put(lease.loop(), lease));
    }

    private void rows(Collection<UUID> ids) {
        query("select " + PostgresRows.COLUMNS + ", story from thing where id = any(:ids) order by id for update")
                .bindArray("ids", UUID.class, ids)
                .map((result, context) -> Map.entry(PostgresRows.row(result), result.getString("story")))
                .forEach(entry -> {
                    Row row = entry.getKey();
                    picture.rows.put(row.id(), row);
                    picture.stories.put(row.id(), entry.getValue());
                    picture.names.put(NameKey.of(row), row.id());
                });
    }

    private void names(Collection<NameKey> keys) {
        query("""
                select kind, project, name, id from thing where (kind, project, name) in
                (select * from unnest(:kinds, :projects, :names))""")
                .bindArray("kinds", String.class, each(keys, NameKey::kind))
                .bindArray("projects", String.class, each(keys, NameKey::project))
                .bindArray("names", String.class, each(keys, NameKey::name))
                .map((result, context) -> {
                    NameKey key = new NameKey(
                            result.getString("kind"), result.getString("project"), result.getString("name"));
                    return Map.entry(key, result.getObject("id", UUID.class));
                })
                .forEach(entry -> picture.names.put(entry.getKey(), entry.getValue()));
    }

    private void charges(Collection<UUID> owners, Set<String> pools) {
        query("select * from charge where owner = any(:owners)")
                .bindArray("owners", UUID.class, owners)
                .map((result, context) -> {
                    Holding holding = Holding.of(result.getObject("owner", UUID.class), result.getString("pool"));
                    pools.add(holding.what());
                    return Map.entry(holding, PostgresRows.amounts(result, ""));
                })
                .forEach(entry -> picture.charges.put(entry.getKey(), entry.getValue()));
    }

    private void pools(Collection<String> names) {
        query("select * from pool where name = any(:names) order by name for update")
                .bindArray("names", String.class, names)
                .map((result, context) -> Map.entry(
                        result.getString("name"),
                        new Picture.Pool(
                                PostgresRows.amounts(result, "limit_"), PostgresRows.amounts(result, "taken_"))))
                .forEach(entry -> picture.pools.put(entry.getKey(), entry.getValue()));
    }

    private void claimsOf(Collection<UUID> owners) {
        claims(query("select scope, key, owner from claim where owner = any(:owners)")
                .bindArray("owners", UUID.class, owners));
    }

    private void claims(Collection<ClaimKey> keys) {
        claims(query("""
                select scope, key, owner from claim where (scope, key) in (select * from unnest(:scopes, :keys))""")
                .bindArray("scopes", String.class, each(keys, ClaimKey::scope))
                .bindArray("keys", String.class, each(keys, ClaimKey::key)));
    }

    private void claims(Query query) {
        query.map((result, context) -> Map.entry(
                        new ClaimKey(result.getString("scope"), result.getString("key")),
                        result.getObject("owner", UUID.class)))
                .forEach(entry -> {
                    picture.claims.put(entry.getKey(), entry.getValue());
                    picture.claimed.put(Holding.of(entry.getValue(), entry.getKey()), entry.getKey());
                });
    }

    private Query query(String sql) {
        return handle.createQuery(sql);
    }

    private static <T> List<String> each(Collection<T> keys, Function<T, String> part) {
        return keys.stream().map(part).toList();
    }
}

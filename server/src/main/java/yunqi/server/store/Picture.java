package yunqi.server.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.Meta;
import yunqi.core.base.Story;
import yunqi.core.wire.Wire;
import yunqi.server.store.Written.Reason;

/**
 * Some or all of what a store holds, and the rules of every {@link Write}: the one place that says which is accepted. {@link MemoryStore} keeps one
 * with everything; {@link PostgresStore} fills one with what a batch needs (locked), applies, and writes back the difference. Not safe for threads.
 */
final class Picture {
    /** A pool and what is taken of it by all owners together. */
    record Pool(Amounts limit, Amounts taken) {}

    final TreeMap<UUID, Row> rows = new TreeMap<>();
    final TreeMap<UUID, String> stories = new TreeMap<>(); // as JSON: most are only passed on
    final TreeMap<NameKey, UUID> names = new TreeMap<>();
    final TreeMap<ClaimKey, UUID> claims = new TreeMap<>();
    final TreeMap<Holding, ClaimKey> claimed = new TreeMap<>();
    final TreeMap<String, Pool> pools = new TreeMap<>();
    final TreeMap<Holding, Amounts> charges = new TreeMap<>();
    final TreeMap<String, Lease> leases = new TreeMap<>();
    private final LongSupplier stamps;
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private List<Change> changes = new ArrayList<>();

    /** {@code stamps} gives each change its version, and the row that changed with it. */
    Picture(LongSupplier stamps) {
        this.stamps = stamps;
    }

    /** Holds what the other holds, and nothing else. */
    void become(Picture other) {
        take(rows, other.rows);
        take(stories, other.stories);
        take(names, other.names);
        take(claims, other.claims);
        take(claimed, other.claimed);
        take(pools, other.pools);
        take(charges, other.charges);
        take(leases, other.leases);
    }

    private static <K, V> void take(Map<K, V> mine, Map<K, V> others) {
        mine.clear();
        mine.putAll(others);
    }

    /** The changes logged since this was last asked. */
    List<Change> takeChanges() {
        List<Change> taken = changes;
        changes = new ArrayList<>();
        return taken;
    }

    /** Does the whole transaction, or leaves everything as it is. */
    Written apply(List<Write> writes, Instant now) {
        Map<UUID, Row> touched = new LinkedHashMap<>();
        undo.clear();
        int index = 0;
        try {
            for (Write write : writes) {
                apply(write, now).ifPresent(row -> touched.put(row.id(), row));
                index++;
            }
        } catch (Refusal refusal) {
            undo.forEach(Runnable::run);
            return new Written.Refused(index, refusal.reason, refusal.detail);
        }
        return new Written.Done(List.copyOf(touched.values()));
    }

    /** Gives back the row as it is afterwards, if a row was touched. */
    private Optional<Row> apply(Write write, Instant now) throws Refusal {
        return switch (write) {
            case Write.Create create -> Optional.of(create(create.row()));
            case Write.Declare declare -> Optional.of(declare(declare));
            case Write.MarkDeleted mark -> Optional.of(mark(mark));
            case Write.Decide decide -> Optional.of(decide(decide));
            case Write.Observe observe -> Optional.of(observe(observe));
            case Write.Remove remove -> Optional.of(remove(remove));
            case Write.Tell tell -> tell(tell);
            case Write.Claim claim -> claim(claim);
            case Write.Unclaim unclaim -> unclaim(unclaim);
            case Write.Limit limit -> limit(limit);
            case Write.Unlimit unlimit -> unlimit(unlimit);
            case Write.Charge charge -> charge(charge);
            case Write.Recharge recharge -> recharge(recharge);
            case Write.Discharge discharge -> discharge(discharge.pool(), discharge.owner());
            case Write.Guard guard -> guard(guard, now);
        };
    }

    private Row create(Row row) throws Refusal {
        NameKey key = NameKey.of(row);
        if (names.containsKey(key)) {
            String where = key.project().isEmpty() ? "" : " in project " + key.project();
            throw new Refusal(Reason.NAME_TAKEN, "there is already a " + key.kind() + " named " + key.name() + where);
        }
        if (rows.containsKey(row.id())) {
            throw new Refusal(Reason.NAME_TAKEN, "the id " + row.id() + " is taken");
        }
        Meta meta = row.meta();
        Meta first = new Meta(
                meta.id(),
                meta.project(),
                meta.name(),
                meta.labels(),
                1,
                0,
                0,
                0,
                kept(meta.created()),
                meta.deleted().map(Picture::kept));
        put(names, key, row.id());
        return log(
                Change.What.CREATED,
                null,
                new Row(row.kind(), first, row.desired(), row.decided(), row.seen(), row.host()));
    }

    private Row declare(Write.Declare write) throws Refusal {
        Row row = row(write.id());
        if (!row.meta().wanted()) {
            throw new Refusal(Reason.GONE, row.kind() + " " + row.meta().name() + " is being deleted");
        }
        fresh("generation", row.meta().generation(), write.generation());
        Meta next = Recount.relabelled(Recount.counted(row.meta(), 1, 0, 0, Optional.empty()), write.labels());
        return log(
                Change.What.CHANGED,
                row,
                new Row(row.kind(), next, write.desired(), row.decided(), row.seen(), row.host()));
    }

    private Row mark(Write.MarkDeleted write) throws Refusal {
        Row row = row(write.id());
        if (!row.meta().wanted()) {
            return row;
        }
        fresh("generation", row.meta().generation(), write.generation());
        Meta next = Recount.counted(row.meta(), 1, 0, 0, Optional.of(kept(write.at())));
        return log(
                Change.What.CHANGED,
                row,
                new Row(row.kind(), next, row.desired(), row.decided(), row.seen(), row.host()));
    }

    private Row decide(Write.Decide write) throws Refusal {
        Row row = row(write.id());
        fresh("generation", row.meta().generation(), write.generation());
        fresh("decision", row.meta().decision(), write.decision());
        Meta next = Recount.counted(row.meta(), 0, 1, 0, row.meta().deleted());
        return log(
                Change.What.CHANGED,
                row,
                new Row(row.kind(), next, row.desired(), write.decided(), row.seen(), write.host()));
    }

    private Row observe(Write.Observe write) throws Refusal {
        Row row = row(write.id());
        fresh("observation", row.meta().observation(), write.observation());
        Meta next = Recount.counted(row.meta(), 0, 0, 1, row.meta().deleted());
        return log(
                Change.What.CHANGED,
                row,
                new Row(row.kind(), next, row.desired(), row.decided(), write.seen(), row.host()));
    }

    private Optional<Row> tell(Write.Tell write) throws Refusal {
        row(write.id());
        put(stories, write.id(), Wire.write(story(write.id()).and(write.event())));
        return Optional.empty();
    }

    Story story(UUID id) {
        String told = stories.get(id);
        return told == null ? Story.EMPTY : Wire.stored(told, Story.class);
    }

    private Row remove(Write.Remove write) throws Refusal {
        Row row = row(write.id());
        fresh("decision", row.meta().decision(), write.decision());
        if (row.meta().wanted()) {
            throw new Refusal(Reason.REFUSED, row.kind() + " " + row.meta().name() + " is not marked deleted");
        }
        Holding first = Holding.of(row.id(), "");
        for (Holding held : held(charges, first)) {
            discharge(held.what(), row.id());
        }
        for (Holding held : held(claimed, first)) {
            drop(claims, new ClaimKey(held.what(), held.key()));
            drop(claimed, held);
        }
        drop(names, NameKey.of(row));
        Row last = log(Change.What.REMOVED, row, row);
        drop(rows, row.id());
        drop(stories, row.id());
        return last;
    }

    private static <V> List<Holding> held(NavigableMap<Holding, V> all, Holding first) {
        return all.tailMap(first).keySet().stream()
                .takeWhile(held -> held.owner().equals(first.owner()))
                .toList();
    }

    private Optional<Row> claim(Write.Claim write) throws Refusal {
        row(write.owner());
        ClaimKey key = new ClaimKey(write.scope(), write.key());
        UUID holder = claims.get(key);
        if (holder == null) {
            put(claims, key, write.owner());
            put(claimed, Holding.of(write.owner(), key), key);
        } else if (!holder.equals(write.owner())) {
            throw new Refusal(Reason.TAKEN, write.key() + " in " + write.scope() + " is taken by " + holder);
        }
        return Optional.empty();
    }

    private Optional<Row> unclaim(Write.Unclaim write) {
        ClaimKey key = new ClaimKey(write.scope(), write.key());
        if (write.owner().equals(claims.get(key))) {
            drop(claims, key);
            drop(claimed, Holding.of(write.owner(), key));
        }
        return Optional.empty();
    }

    private Optional<Row> limit(Write.Limit write) {
        Pool pool = pools.get(write.pool());
        put(pools, write.pool(), new Pool(write.limit(), pool == null ? Amounts.NONE : pool.taken()));
        return Optional.empty();
    }

    private Optional<Row> unlimit(Write.Unlimit write) throws Refusal {
        Pool pool = pools.get(write.pool());
        if (pool != null && !pool.taken().equals(Amounts.NONE)) {
            throw new Refusal(Reason.REFUSED, "something is charged to " + write.pool() + ": " + pool.taken());
        }
        drop(pools, write.pool());
        return Optional.empty();
    }

    private Optional<Row> charge(Write.Charge write) throws Refusal {
        row(write.owner());
        Pool pool = pools.get(write.pool());
        if (pool == null) {
            throw new Refusal(Reason.FULL, "there is no pool " + write.pool());
        }
        Holding holding = Holding.of(write.owner(), write.pool());
        Amounts before = charges.getOrDefault(holding, Amounts.NONE);
        Amounts others = pool.taken().minus(before);
        Optional<String> excess = Excess.of(pool.limit(), others, before, write.amounts());
        if (excess.isPresent()) {
            throw new Refusal(Reason.FULL, write.pool() + ": " + excess.get());
        }
        put(charges, holding, write.amounts());
        put(pools, write.pool(), new Pool(pool.limit(), others.plus(write.amounts())));
        return Optional.empty();
    }

    private Optional<Row> recharge(Write.Recharge write) {
        Holding holding = Holding.of(write.owner(), write.pool());
        Amounts before = charges.get(holding);
        Pool pool = pools.get(write.pool());
        if (before != null && pool != null) {
            put(charges, holding, write.amounts());
            put(
                    pools,
                    write.pool(),
                    new Pool(pool.limit(), pool.taken().minus(before).plus(write.amounts())));
        }
        return Optional.empty();
    }

    private Optional<Row> discharge(String name, UUID owner) {
        Holding holding = Holding.of(owner, name);
        Amounts before = charges.get(holding);
        Pool pool = pools.get(name);
        if (before != null && pool != null) {
            put(pools, name, new Pool(pool.limit(), pool.taken().minus(before)));
            drop(charges, holding);
        }
        return Optional.empty();
    }

    private Optional<Row> guard(Write.Guard write, Instant now) throws Refusal {
        Lease lease = leases.get(write.loop());
        if (lease == null
                || !lease.owner().equals(write.owner())
                || lease.epoch() != write.epoch()
                || !now.isBefore(lease.expires())) {
            throw new Refusal(
                    Reason.LEASE_LOST,
                    write.owner() + " does not hold the lease of " + write.loop() + " in epoch " + write.epoch());
        }
        return Optional.empty();
    }

    private Row row(UUID id) throws Refusal {
        Row row = rows.get(id);
        if (row == null) {
            throw new Refusal(Reason.GONE, "there is nothing with the id " + id);
        }
        return row;
    }

    private static void fresh(String counter, long now, long expected) throws Refusal {
        if (now != expected) {
            throw new Refusal(Reason.STALE, counter + " is " + now + ", not " + expected);
        }
    }

    /** As finely as PostgreSQL keeps a time. */
    private static Instant kept(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }

    /** Logs the change, for both hosts if it went from one to another, and keeps the row with the version of that. */
    private Row log(Change.What what, @Nullable Row before, Row after) {
        Optional<UUID> from = before == null ? Optional.empty() : before.host();
        if (from.isPresent() && after.host().isPresent() && !from.equals(after.host())) {
            append(what, after, from);
        }
        long version = append(what, after, after.host().or(() -> from));
        Meta meta = after.meta();
        Meta stamped = new Meta(
                meta.id(),
                meta.project(),
                meta.name(),
                meta.labels(),
                meta.generation(),
                meta.decision(),
                meta.observation(),
                Math.max(version, meta.version()),
                meta.created(),
                meta.deleted());
        Row row = new Row(after.kind(), stamped, after.desired(), after.decided(), after.seen(), after.host());
        put(rows, row.id(), row);
        return row;
    }

    private long append(Change.What what, Row row, Optional<UUID> host) {
        // A transaction that is refused leaves a gap in the versions; nothing depends on there being none.
        long version = stamps.getAsLong();
        changes.add(new Change(
                version,
                what,
                row.kind(),
                row.id(),
                row.meta().project(),
                row.meta().name(),
                host,
                counts(what, row.meta())));
        undo.push(() -> changes.removeLast());
        return version;
    }

    private static Counts counts(Change.What what, Meta meta) {
        long last = what == Change.What.REMOVED ? 1 : 0;
        return new Counts(meta.generation() + last, meta.decision(), meta.observation());
    }

    private <K, V> void put(Map<K, V> map, K key, V value) {
        V before = map.put(key, value);
        undo.push(() -> restore(map, key, before));
    }

    private <K, V> void drop(Map<K, V> map, K key) {
        V before = map.remove(key);
        undo.push(() -> restore(map, key, before));
    }

    private static <K, V> void restore(Map<K, V> map, K key, @Nullable V before) {
        if (before == null) {
            map.remove(key);
        } else {
            map.put(key, before);
        }
    }
}

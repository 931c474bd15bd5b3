package yunqi.server.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.Name;
import yunqi.core.base.Story;
import yunqi.core.wire.Wire;

/** Writes to PostgreSQL what has changed in a picture since this was made: one statement for each table and sort of change. */
final class PostgresDifference {
    private static final String UNTOLD = Wire.write(Story.EMPTY);

    private final Handle handle;
    private final Picture picture;
    private final SortedMap<UUID, Row> rows;
    private final SortedMap<UUID, String> stories;
    private final SortedMap<ClaimKey, UUID> claims;
    private final SortedMap<String, Picture.Pool> pools;
    private final SortedMap<Holding, Amounts> charges;

    PostgresDifference(Handle handle, Picture picture) {
        this.handle = handle;
        this.picture = picture;
        this.rows = new TreeMap<>(picture.rows);
        this.stories = new TreeMap<>(picture.stories);
        this.claims = new TreeMap<>(picture.claims);
        this.pools = new TreeMap<>(picture.pools);
        this.charges = new TreeMap<>(picture.charges);
    }

    /** What goes away comes first, so that its name or key is free for what is added. */
    void write(List<Change> changes) {
        List<UUID> removed = gone(rows, picture.rows);
        List<ClaimKey> unclaimed = changed(claims, picture.claims);
        List<Holding> discharged = gone(charges, picture.charges);
        unclaim(unclaimed);
        discharge(discharged);
        if (!removed.isEmpty()) {
            update("delete from thing where id = any(:ids)")
                    .bindArray("ids", UUID.class, removed)
                    .execute();
        }
        create(now(fresh(rows, picture.rows), picture.rows).stream()
                .sorted(Comparator.comparing(NameKey::of))
                .toList());
        change(now(
                Stream.concat(changed(rows, picture.rows).stream(), changed(stories, picture.stories).stream())
                        .distinct()
                        .toList(),
                picture.rows));
        createPools(fresh(pools, picture.pools));
        changePools(changed(pools, picture.pools).stream()
                .filter(picture.pools::containsKey)
                .toList());
        claim(changedOrFresh(claims, picture.claims));
        charge(changedOrFresh(charges, picture.charges));
        dropPools(gone(pools, picture.pools));
        log(changes);
    }

    private void create(List<Row> added) {
        if (added.isEmpty()) {
            return;
        }
        int made = documents(
                        meta(update("""
                        insert into thing (id, kind, project, name, labels, generation, decision, observation, version,
                                           desired, decided, seen, story, host, created, deleted)
                        select id, kind, project, name, labels::jsonb, generation, decision, observation, version,
                               desired::json, decided::json, seen::json, story::json, host, created::timestamptz, deleted::timestamptz
                        from unnest(:id, :kind, :project, :name, :labels, :generation, :decision, :observation, :version,
                                    :desired, :decided, :seen, :story, :host, :created, :deleted)
                          as u(id, kind, project, name, labels, generation, decision, observation, version,
                               desired, decided, seen, story, host, created, deleted)
                        on conflict do nothing"""), added)
                                .bindArray("kind", String.class, each(added, Row::kind))
                                .bindArray(
                                        "project",
                                        String.class,
                                        each(added, row -> text(row.meta().project())))
                                .bindArray(
                                        "name",
                                        String.class,
                                        each(added, row -> row.meta().name().value()))
                                .bindArray(
                                        "created",
                                        String.class,
                                        each(added, row -> row.meta().created().toString())),
                        added,
                        row -> null)
                .bindArray("story", String.class, each(added, row -> picture.stories.getOrDefault(row.id(), UNTOLD)))
                .execute();
        expect(made, added.size());
    }

    /** Documents that stay as they are aren't sent again. */
    private void change(List<Row> changed) {
        if (changed.isEmpty()) {
            return;
        }
        changed.forEach(this::same);
        documents(meta(update("""
                        update thing t set labels = u.labels::jsonb, generation = u.generation, decision = u.decision,
                            observation = u.observation, version = u.version, host = u.host, deleted = u.deleted::timestamptz,
                            desired = coalesce(u.desired::json, t.desired), decided = coalesce(u.decided::json, t.decided),
                            seen = coalesce(u.seen::json, t.seen), story = coalesce(u.story::json, t.story)
                        from unnest(:id, :labels, :generation, :decision, :observation, :version, :desired, :decided, :seen,
                                    :story, :host, :deleted)
                          as u(id, labels, generation, decision, observation, version, desired, decided, seen, story, host,
                               deleted)
                        where t.id = u.id"""), changed), changed, row -> rows.get(row.id()))
                .bindArray("story", String.class, each(changed, row -> news(row.id())))
                .execute();
    }

    /** An id that is removed and added again in one batch would keep its old name: ids are random and never used twice. */
    private void same(Row row) {
        Row before = there(rows.get(row.id()));
        if (!NameKey.of(before).equals(NameKey.of(row))) {
            throw new IllegalStateException(
                    "the id " + row.id() + " was used for " + before.meta().name());
        }
    }

    private static Update meta(Update update, List<Row> rows) {
        return update.bindArray("id", UUID.class, each(rows, Row::id))
                .bindArray(
                        "labels",
                        String.class,
                        each(rows, row -> Wire.write(row.meta().labels())))
                .bindArray(
                        "generation", Long.class, each(rows, row -> row.meta().generation()))
                .bindArray("decision", Long.class, each(rows, row -> row.meta().decision()))
                .bindArray(
                        "observation", Long.class, each(rows, row -> row.meta().observation()))
                .bindArray("version", Long.class, each(rows, row -> row.meta().version()))
                .bindArray("host", UUID.class, each(rows, row -> row.host().orElse(null)))
                .bindArray(
                        "deleted",
                        String.class,
                        each(
                                rows,
                                row -> row.meta()
                                        .deleted()
                                        .map(Object::toString)
                                        .orElse(null)));
    }

    private static Update documents(Update update, List<Row> rows, Function<Row, @Nullable Row> before) {
        return update.bindArray(
                        "desired", String.class, each(rows, row -> unless(before.apply(row), row, Row::desired)))
                .bindArray("decided", String.class, each(rows, row -> unless(before.apply(row), row, Row::decided)))
                .bindArray("seen", String.class, each(rows, row -> unless(before.apply(row), row, Row::seen)));
    }

    private @Nullable String news(UUID id) {
        String now = picture.stories.getOrDefault(id, UNTOLD);
        return now.equals(stories.get(id)) ? null : now;
    }

    private static @Nullable String unless(@Nullable Row before, Row now, Function<Row, String> part) {
        String text = part.apply(now);
        return before != null && part.apply(before).equals(text) ? null : text;
    }

    private void unclaim(List<ClaimKey> keys) {
        if (!keys.isEmpty()) {
            update("delete from claim where (scope, key) in (select * from unnest(:scopes, :keys))")
                    .bindArray("scopes", String.class, each(keys, ClaimKey::scope))
                    .bindArray("keys", String.class, each(keys, ClaimKey::key))
                    .execute();
        }
    }

    private void claim(List<ClaimKey> keys) {
        if (keys.isEmpty()) {
            return;
        }
        int made = update("""
                        insert into claim (scope, key, owner) select * from unnest(:scopes, :keys, :owners)
                        on conflict do nothing""")
                .bindArray("scopes", String.class, each(keys, ClaimKey::scope))
                .bindArray("keys", String.class, each(keys, ClaimKey::key))
                .bindArray("owners", UUID.class, each(keys, key -> there(picture.claims.get(key))))
                .execute();
        expect(made, keys.size());
    }

    private void createPools(List<String> names) {
        if (names.isEmpty()) {
            return;
        }
        int made = pools(update("""
                        insert into pool
                        select * from unnest(:names, :l_cpus, :l_memory, :l_disk, :l_instances, :l_addresses,
                                             :t_cpus, :t_memory, :t_disk, :t_instances, :t_addresses)
                        on conflict do nothing"""), names).execute();
        expect(made, names.size());
    }

    private void changePools(List<String> names) {
        if (!names.isEmpty()) {
            pools(update("""
                        update pool p set
                            limit_milli_cpus = u.lc, limit_memory_bytes = u.lm, limit_disk_bytes = u.ld,
                            limit_instances = u.li, limit_addresses = u.la,
                            taken_milli_cpus = u.tc, taken_memory_bytes = u.tm, taken_disk_bytes = u.td,
                            taken_instances = u.ti, taken_addresses = u.ta
                        from unnest(:names, :l_cpus, :l_memory, :l_disk, :l_instances, :l_addresses,
                                    :t_cpus, :t_memory, :t_disk, :t_instances, :t_addresses)
                          as u(name, lc, lm, ld, li, la, tc, tm, td, ti, ta)
                        where p.name = u.name"""), names).execute();
        }
    }

    private void dropPools(List<String> names) {
        if (!names.isEmpty()) {
            update("delete from pool where name = any(:names)")
                    .bindArray("names", String.class, names)
                    .execute();
        }
    }

    private Update pools(Update update, List<String> names) {
        List<Picture.Pool> all = names.stream()
                .map(picture.pools::get)
                .map(PostgresDifference::there)
                .toList();
        amounts(update, "l_", each(all, Picture.Pool::limit));
        amounts(update, "t_", each(all, Picture.Pool::taken));
        return update.bindArray("names", String.class, names);
    }

    private static void amounts(Update update, String prefix, List<Amounts> all) {
        update.bindArray(prefix + "cpus", Long.class, each(all, Amounts::milliCpus))
                .bindArray(prefix + "memory", Long.class, each(all, Amounts::memoryBytes))
                .bindArray(prefix + "disk", Long.class, each(all, Amounts::diskBytes))
                .bindArray(prefix + "instances", Long.class, each(all, Amounts::instances))
                .bindArray(prefix + "addresses", Long.class, each(all, Amounts::addresses));
    }

    private void charge(List<Holding> holdings) {
        if (holdings.isEmpty()) {
            return;
        }
        Update update = update("""
                        insert into charge
                        select * from unnest(:owners, :pools, :c_cpus, :c_memory, :c_disk, :c_instances, :c_addresses)
                        on conflict (owner, pool) do update set milli_cpus = excluded.milli_cpus,
                            memory_bytes = excluded.memory_bytes, disk_bytes = excluded.disk_bytes,
                            instances = excluded.instances, addresses = excluded.addresses""");
        amounts(update, "c_", each(holdings, holding -> there(picture.charges.get(holding))));
        update.bindArray("owners", UUID.class, each(holdings, Holding::owner))
                .bindArray("pools", String.class, each(holdings, Holding::what))
                .execute();
    }

    private void discharge(List<Holding> holdings) {
        if (!holdings.isEmpty()) {
            update("delete from charge where (owner, pool) in (select * from unnest(:owners, :pools))")
                    .bindArray("owners", UUID.class, each(holdings, Holding::owner))
                    .bindArray("pools", String.class, each(holdings, Holding::what))
                    .execute();
        }
    }

    /** In the order in which they happened: the rows are locked, so the numbers of one row's changes follow each other in all transactions. */
    private void log(List<Change> changes) {
        if (!changes.isEmpty()) {
            update("""
                        insert into change_log (what, kind, id, project, name, host, generation, decision, observation)
                        select what, kind, id, project, name, host, generation, decision, observation
                        from unnest(:what, :kind, :id, :project, :name, :host, :generation, :decision, :observation)
                          with ordinality
                          as u(what, kind, id, project, name, host, generation, decision, observation, place)
                        order by place""")
                    .bindArray(
                            "what",
                            String.class,
                            each(changes, change -> change.what().name()))
                    .bindArray("kind", String.class, each(changes, Change::kind))
                    .bindArray("id", UUID.class, each(changes, Change::id))
                    .bindArray("project", String.class, each(changes, change -> text(change.project())))
                    .bindArray(
                            "name",
                            String.class,
                            each(changes, change -> change.name().value()))
                    .bindArray(
                            "host",
                            UUID.class,
                            each(changes, change -> change.host().orElse(null)))
                    .bindArray(
                            "generation",
                            Long.class,
                            each(changes, change -> change.counts().generation()))
                    .bindArray(
                            "decision",
                            Long.class,
                            each(changes, change -> change.counts().decision()))
                    .bindArray(
                            "observation",
                            Long.class,
                            each(changes, change -> change.counts().observation()))
                    .execute();
        }
    }

    private Update update(String sql) {
        return handle.createUpdate(sql);
    }

    /** Fewer were added than we wanted: somebody added the same name or key since we looked. */
    private static void expect(int made, int wanted) {
        if (made != wanted) {
            throw new PostgresDatabase.Conflict("somebody added the same meanwhile", null);
        }
    }

    private static <T> T there(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a change of something that is not there");
        }
        return value;
    }

    private static String text(Optional<Name> name) {
        return name.map(Name::value).orElse("");
    }

    private static <T, R extends @Nullable Object> List<R> each(List<T> all, Function<T, R> part) {
        List<R> parts = new ArrayList<>();
        all.forEach(one -> parts.add(part.apply(one)));
        return parts;
    }

    private static <K, V> List<K> gone(Map<K, V> before, Map<K, V> now) {
        return before.keySet().stream().filter(key -> !now.containsKey(key)).toList();
    }

    /** Those that were there and are another now, or none. */
    private static <K, V> List<K> changed(Map<K, V> before, Map<K, V> now) {
        return before.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(now.get(entry.getKey())))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static <K, V> List<V> now(List<K> keys, Map<K, V> now) {
        List<V> values = new ArrayList<>();
        for (K key : keys) {
            V value = now.get(key);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    private static <K, V> List<K> changedOrFresh(Map<K, V> before, Map<K, V> now) {
        return now.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static <K, V> List<K> fresh(Map<K, V> before, Map<K, V> now) {
        return gone(now, before);
    }
}

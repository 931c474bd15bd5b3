package yunqi.server.agents;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Instance;
import yunqi.core.wire.Wire;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.InstanceTable;
import yunqi.server.instance.OrphanTable;
import yunqi.server.store.Counts;
import yunqi.server.store.Era;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Revision;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/**
 * What one host is told in one era of the database, and how that follows from the rows on it. Of some nothing is said, and the host leaves them as they are: that is everything until the host has told in
 * this era what it holds, and then what control has not looked at in this era, or leaves as it is. A deletion that is on record is said as soon as the host has told. Not safe for use by several threads.
 */
final class Orders {
    /** How often it is looked whether rows on a host went further than we know, though the log tells of each change: should we ever be wrong, it is not for long. */
    private static final Duration REVISE = Duration.ofSeconds(30);

    private final Store store;
    private final HostId host;
    private final Era era;
    private final Map<UUID, Told> told = new LinkedHashMap<>(); // of all rows on the host
    private Map<UUID, UUID> removed = Map.of(); // orphans that somebody wants removed, with their fingerprints
    private Set<UUID> silent = Set.of();
    private Optional<Standing> standing = Optional.empty();
    private Instant revised = Instant.EPOCH; // when all rows on the host were last looked for

    /** What all that is told depends on: the host's zone, and whether it has told in this era what it holds. */
    record Standing(Name zone, boolean spoke) {}

    /**
     * What follows for a host from one state of a row: a fingerprint of its assignment; nothing, for an instance that it need not do anything about; or that nothing is said. The assignment itself is not
     * kept: a hundred thousand are hundreds of megabytes.
     */
    private record Told(long generation, long decision, Standing standing, Optional<UUID> fingerprint, boolean silent) {
        boolean here() {
            return silent || fingerprint.isPresent();
        }

        /** True if nothing else is wished or decided since: most changes of a row are what the host itself reported. */
        boolean follows(Row row, Standing present) {
            return row.meta().wanted()
                    && generation == row.meta().generation()
                    && decision == row.meta().decision()
                    && standing.equals(present);
        }
    }

    /** What became of what the host is told, up to a version of the log; {@code other} says that nothing is said of others than before. */
    record News(long version, List<Assignment> changed, List<UUID> gone, boolean other) {
        boolean none() {
            return changed.isEmpty() && gone.isEmpty() && !other;
        }
    }

    Orders(Store store, HostId host, Era era) {
        this.store = store;
        this.host = host;
        this.era = era;
    }

    /** What is new since this was last asked; that is everything if the host {@code follows} nothing. */
    News news(Standing present, Touched.News touches, boolean follows, Instant now) {
        if (!follows || touches.everything() || !standing.equals(Optional.of(present))) {
            News all = list(present, !follows);
            standing = Optional.of(present);
            revised = now;
            return all;
        }
        Set<UUID> ids = new LinkedHashSet<>();
        touches.changes().stream()
                .filter(change -> !known(change.id(), change.counts()))
                .forEach(change -> ids.add(change.id()));
        if (revised.isAfter(now) || !now.isBefore(revised.plus(REVISE))) {
            ids.addAll(revised());
            revised = now;
        }
        return compare(present, touches.upto(), ids.isEmpty() ? Map.of() : store.all(ids), ids);
    }

    /** Of which instances nothing is said. */
    Set<UUID> silent() {
        return silent;
    }

    /** True if what the host is told follows from the row as it is with these counts. */
    private boolean known(UUID id, Counts counts) {
        Told one = told.get(id);
        return one != null && one.generation == counts.generation() && one.decision == counts.decision();
    }

    private boolean here(UUID id) {
        Told one = told.get(id);
        return one != null && one.here();
    }

    /** Where rows on the host are not those that we know, whatever the log said. */
    private Set<UUID> revised() {
        Set<UUID> there = new HashSet<>();
        Set<UUID> others = new LinkedHashSet<>();
        Optional<UUID> after = Optional.empty();
        List<Revision> page;
        do {
            page = store.revisions(InstanceTable.KIND, Optional.of(host.value()), after, Query.LIMIT);
            for (Revision revision : page) {
                there.add(revision.id());
                if (!known(revision.id(), revision.counts())) {
                    others.add(revision.id());
                }
                after = Optional.of(revision.id());
            }
        } while (page.size() == Query.LIMIT);
        told.keySet().stream().filter(id -> !there.contains(id)).forEach(others::add);
        return others;
    }

    /** Reads all rows on the host; {@code anew} if all of it is news to the host. */
    private News list(Standing present, boolean anew) {
        Map<UUID, Row> rows = new LinkedHashMap<>();
        Query query = Query.all(InstanceTable.KIND).onHost(host.value());
        Page page = store.list(query);
        long version = page.version();
        page.rows().forEach(row -> rows.put(row.id(), row));
        while (page.next().isPresent()) {
            page = store.list(query.after(page.next().get()));
            page.rows().forEach(row -> rows.put(row.id(), row));
        }
        // All is read before anything is noted: what is noted and was not said, as the store failed, would never be
        // said.
        boolean orphans = present.spoke() && era.forgetful();
        Map<UUID, Row> left = orphans ? OrphanTable.on(store, host) : Map.of();
        if (anew) {
            told.clear();
            removed = Map.of();
        }
        Set<UUID> ids = new LinkedHashSet<>(rows.keySet());
        ids.addAll(told.keySet());
        News news = compare(present, version, rows, ids);
        return orphans ? remove(news, left) : news;
    }

    /** What becomes of what the host is told, by these rows: of ids without a row nothing is left. */
    private News compare(Standing present, long version, Map<UUID, Row> rows, Set<UUID> ids) {
        List<Assignment> changed = new ArrayList<>();
        List<UUID> gone = new ArrayList<>();
        for (UUID id : ids) {
            Row row = rows.get(id);
            Told before = told.get(id);
            if (row == null || !row.host().equals(Optional.of(host.value()))) {
                told.remove(id);
            } else if (before == null || !before.follows(row, present)) {
                Optional<Assignment> now = assignment(row, present);
                boolean said = open(row, present);
                Meta meta = row.meta();
                Optional<UUID> fingerprint = now.map(Orders::fingerprint);
                told.put(id, new Told(meta.generation(), meta.decision(), present, fingerprint, !said));
                now.filter(_ -> before == null || !fingerprint.equals(before.fingerprint))
                        .ifPresent(changed::add);
            }
            if (before != null && before.here() && !here(id)) {
                gone.add(id);
            }
        }
        Set<UUID> before = silent;
        silent = era.forgetful() ? unsaid() : Set.of();
        return new News(version, changed, gone, !silent.equals(before));
    }

    private Set<UUID> unsaid() {
        Set<UUID> all = new TreeSet<>();
        told.forEach((id, one) -> {
            if (one.silent) {
                all.add(id);
            }
        });
        return all;
    }

    /** The same with the orphans that somebody wants removed. */
    private News remove(News news, Map<UUID, Row> orphans) {
        Map<UUID, UUID> before = removed;
        Map<UUID, UUID> now = new LinkedHashMap<>();
        List<Assignment> changed = new ArrayList<>(news.changed);
        orphans.forEach((id, row) -> {
            OrphanTable.Orphan orphan = OrphanTable.read(row);
            if (orphan.removed() && !here(id)) {
                Assignment absent = absent(orphan.held());
                UUID fingerprint = fingerprint(absent);
                now.put(id, fingerprint);
                if (!fingerprint.equals(before.get(id))) {
                    changed.add(absent);
                }
            }
        });
        removed = now;
        List<UUID> gone = new ArrayList<>(news.gone);
        gone.removeAll(now.keySet());
        before.keySet().stream()
                .filter(id -> !now.containsKey(id) && !here(id) && !gone.contains(id))
                .forEach(gone::add);
        return new News(news.version, changed, gone, news.other);
    }

    private static Assignment absent(Assignment held) {
        return new Assignment(
                held.plan(), Assignment.Wanted.ABSENT, held.epoch(), held.restart(), held.restarts(), held.applied());
    }

    private Optional<Assignment> assignment(Row row, Standing present) {
        return open(row, present)
                ? AssignmentOf.instance(InstanceTable.read(row), Optional.of(present.zone()))
                : Optional.empty();
    }

    private boolean open(Row row, Standing present) {
        return present.spoke() && (!row.meta().wanted() || !era.forgetful() || confirmed(InstanceTable.read(row)));
    }

    private static UUID fingerprint(Assignment assignment) {
        return UUID.nameUUIDFromBytes(Wire.write(assignment).getBytes(StandardCharsets.UTF_8));
    }

    private boolean confirmed(Instance instance) {
        return instance.decided().era() >= era.start()
                && instance.decided().untouched().isEmpty();
    }
}

package yunqi.server.agents;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import yunqi.core.base.Event;
import yunqi.core.host.Host;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSeen;
import yunqi.core.host.HostStory;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.InstanceStory;
import yunqi.core.instance.Instances;
import yunqi.core.wire.Link;
import yunqi.core.wire.SeenDigest;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.InstanceTable;
import yunqi.server.instance.OrphanTable;
import yunqi.server.store.Era;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** Writes what hosts see into the rows that it is about, and only what is new. */
final class Observations {
    /**
     * How often a host's last contact is written while nothing else about it changes: with every second report, so that even one that is written late is there well before the host
     * looks silent.
     */
    static final Duration CONTACT = Duration.ofSeconds(7);

    /** Contacts are written together, so often: a thousand hosts cost a few transactions, not a hundred a second. */
    private static final Duration TOGETHER = Duration.ofSeconds(1);

    /**
     * How often a host is asked for all that it sees, though nothing seems to be missing: what was written may be of an older report of its, which came late over another
     * server, and a look at an old row may have passed for news already written.
     */
    static final Duration EVERYTHING = Duration.ofSeconds(90);

    private final Store store;
    private final Map<UUID, List<Write>> contacts = new LinkedHashMap<>(); // that are to be written; guarded by itself
    private final Map<UUID, Host> written = new ConcurrentHashMap<>(); // hosts as they were after that
    private Instant contactsWritten = Instant.EPOCH; // guarded by the contacts

    /** What we know of all that a host sees. */
    static final class Heard {
        private final SeenDigest seen = new SeenDigest();
        private Instant everything = Instant.EPOCH; // when it last told all
        private boolean left = true; // it may hold what it is not assigned, or we don't know yet
        private boolean swept; // what it doesn't know any more was looked for since it last told everything
    }

    Observations(Store store) {
        this.store = store;
    }

    /** Notes facts, engines, orphans and the contact itself in the host's row. The host as it is then; empty if its row has to be read anew. */
    Optional<Host> host(Host host, Link.Observation observation, Instant now) {
        HostSeen before = host.seen();
        Optional<HostFacts> facts = observation.facts().isPresent() ? observation.facts() : before.facts();
        boolean same = facts.equals(before.facts())
                && observation.engines().equals(before.engines())
                && observation.orphans().equals(before.orphans())
                && before.boot().equals(Optional.of(observation.bootId()))
                && before.down().isPresent() == observation.down();
        boolean recent = before.lastContact()
                // One in the future was written before the clock was set back: it would count for as long again.
                .filter(contact -> contact.plus(CONTACT).isAfter(now) && !contact.isAfter(now))
                .isPresent();
        if (same && recent) {
            return Optional.of(host);
        }
        HostSeen seen = new HostSeen(
                facts,
                Optional.of(now),
                observation.engines(),
                observation.orphans(),
                Optional.of(observation.bootId()),
                observation.down() ? before.down().or(() -> Optional.of(now)) : Optional.empty(),
                before.era());
        // Refused only if another server was told something newer: nothing is lost, the host speaks every few seconds.
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Observe(host.meta().id(), host.meta().observation(), Wire.write(seen)));
        if (same) {
            synchronized (contacts) {
                contacts.put(host.meta().id(), writes);
            }
            return Optional.of(host);
        }
        HostStory.between(before, seen, now)
                .forEach(event -> writes.add(new Write.Tell(host.meta().id(), event)));
        return store.write(writes) instanceof Written.Done(List<Row> rows)
                ? rows.stream().findFirst().map(HostTable::read)
                : Optional.empty();
    }

    /** Writes the contacts that wait for it, unless that was done a moment ago. One that cannot be written is told again with the host's next report. */
    void writeContacts(Instant now) {
        List<List<Write>> due;
        synchronized (contacts) {
            boolean early = now.isBefore(contactsWritten.plus(TOGETHER)) && !now.isBefore(contactsWritten);
            if (contacts.isEmpty() || early) {
                return;
            }
            contactsWritten = now;
            due = List.copyOf(contacts.values());
            contacts.clear();
        }
        for (Written one : store.writeAll(due)) {
            if (one instanceof Written.Done(List<Row> rows)) {
                rows.forEach(row -> written.put(row.id(), HostTable.read(row)));
            }
        }
    }

    /** The host as it was after its contact was last written here, since this was last asked. */
    Optional<Host> written(HostId host) {
        return Optional.ofNullable(written.remove(host.value()));
    }

    /**
     * Notes what the host holds without being assigned it. Looked at only where there is or was something of that kind, and whenever the host tells everything: another server may have noted what
     * is gone by now.
     */
    boolean orphans(Host host, Heard heard, Link.Observation observation, Instant now) {
        List<Assignment> left = observation.left().orElse(List.of());
        if (left.isEmpty() && !heard.left && !observation.full()) {
            return true;
        }
        heard.left = true; // whatever becomes of what is written now, it is looked at again
        List<Assignment> unknown =
                left.stream().filter(one -> !known(host.id(), one)).toList();
        List<List<Write>> transactions = OrphanTable.become(store, host.id(), unknown, now);
        boolean written = transactions.isEmpty()
                || store.writeAll(transactions).stream().allMatch(one -> one instanceof Written.Done);
        heard.left = !written || !left.isEmpty();
        return written;
    }

    /** True of one that is decided for the host just as the host was told. */
    private boolean known(HostId host, Assignment held) {
        return store.get(held.id().value())
                .filter(row -> row.kind().equals(InstanceTable.KIND))
                .map(InstanceTable::read)
                .filter(instance -> instance.decided().host().equals(Optional.of(host)))
                .flatMap(AssignmentOf::instance)
                .filter(own -> own.wanted() == held.wanted()
                        && own.epoch() == held.epoch()
                        && own.applied().equals(held.applied()))
                .isPresent();
    }

    /** The host has told all that it holds in this era. Refused only if somebody wrote meanwhile: it tells again in a moment. */
    void told(HostId host, Era era) {
        store.get(host.value()).filter(row -> row.kind().equals(HostTable.KIND)).ifPresent(row -> {
            HostSeen seen = HostTable.read(row).seen();
            if (seen.era() < era.start()) {
                store.write(List.of(
                        new Write.Observe(row.id(), row.meta().observation(), Wire.write(seen.toldIn(era.start())))));
            }
        });
    }

    /** Writes what is seen of instances. True if the host should tell everything: a part went missing between it and us. */
    boolean instances(HostId host, Heard heard, Link.Observation observation, Instant now) {
        Map<UUID, InstanceSeen> told = new TreeMap<>();
        observation.seen().forEach(of -> told.put(of.instance(), of.seen()));
        // Written before it is remembered: should the store fail, the next report is not taken for old news.
        boolean written = write(host, told, now);
        if (observation.full()) {
            heard.seen.clear();
            heard.swept = false;
            heard.everything = now;
        }
        observation.gone().forEach(heard.seen::remove);
        heard.seen.putAll(told);
        // All of it is taken as it is: a host that is a version ahead may count fields into its digest that we don't
        // know.
        if (!written
                || (!observation.full() && (!heard.seen.digest().equals(observation.digest()) || due(heard, now)))) {
            return true;
        }
        if (observation.complete()) {
            forget(host, heard, observation.gone(), now);
        }
        return false;
    }

    /**
     * The host has looked at all that it is assigned: what was seen here once and isn't told any more is not known to be there. Looked for among all rows after the host told
     * everything, and then only among those that it says are gone.
     */
    private void forget(HostId host, Heard heard, List<UUID> gone, Instant now) {
        if (heard.swept && gone.isEmpty()) {
            return;
        }
        List<List<Write>> writes = new ArrayList<>();
        Map<UUID, Row> rows = new HashMap<>();
        if (heard.swept) {
            rows.putAll(store.all(gone));
        } else {
            onHost(host, rows);
        }
        rows.forEach((id, row) -> {
            if (!heard.seen.contains(id) && seenHere(row, host)) {
                String message = "its host does not know it any more; it is told again";
                writes.add(List.of(
                        new Write.Observe(id, row.meta().observation(), Row.EMPTY),
                        new Write.Tell(id, Event.of(now, "lost", message))));
            }
        });
        // One that is refused was written meanwhile, by a host that does know it.
        if (!writes.isEmpty()) {
            store.writeAll(writes);
        }
        heard.swept = true;
    }

    /** True if it is long since the host told all, or if the clock was set back since. */
    private static boolean due(Heard heard, Instant now) {
        return heard.everything.isAfter(now)
                || Duration.between(heard.everything, now).compareTo(EVERYTHING) > 0;
    }

    private static boolean seenHere(Row row, HostId host) {
        if (!row.kind().equals(InstanceTable.KIND)) {
            return false;
        }
        return Instances.current(InstanceTable.read(row))
                .filter(seen -> seen.host().equals(host))
                .isPresent();
    }

    private boolean write(HostId host, Map<UUID, InstanceSeen> told, Instant now) {
        if (told.isEmpty()) {
            return true;
        }
        List<List<Write>> writes = new ArrayList<>();
        Map<UUID, Row> rows = store.all(told.keySet());
        told.forEach((id, seen) -> {
            Row row = rows.get(id);
            if (row != null && row.kind().equals(InstanceTable.KIND)) {
                Instance instance = InstanceTable.read(row);
                if (concerns(instance, host, seen)) {
                    writes.add(observed(instance, seen, now));
                }
            }
        });
        return writes.isEmpty()
                || store.writeAll(writes).stream()
                        .noneMatch(written -> written instanceof Written.Refused(int _, Written.Reason reason, String _)
                                && reason == Written.Reason.STALE);
    }

    private void onHost(HostId host, Map<UUID, Row> rows) {
        Query query = Query.all(InstanceTable.KIND).onHost(host.value());
        Page page = store.list(query);
        while (true) {
            page.rows().forEach(row -> rows.put(row.id(), row));
            if (page.next().isEmpty()) {
                return;
            }
            page = store.list(query.after(page.next().get()));
        }
    }

    private static List<Write> observed(Instance instance, InstanceSeen seen, Instant now) {
        UUID id = instance.meta().id();
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Observe(id, instance.meta().observation(), Wire.write(seen)));
        InstanceStory.between(Instances.current(instance), seen, now)
                .forEach(event -> writes.add(new Write.Tell(id, event)));
        return writes;
    }

    /** True if it is about the run that is decided for this host now, and news. */
    private static boolean concerns(Instance instance, HostId host, InstanceSeen seen) {
        return seen.host().equals(host)
                && instance.decided().host().equals(Optional.of(host))
                && instance.decided().runEpoch() == seen.epoch()
                && !instance.seen().equals(Optional.of(seen));
    }
}

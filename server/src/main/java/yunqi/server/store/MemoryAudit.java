package yunqi.server.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditChain.Mark;
import yunqi.core.audit.AuditEntry;

/** The audit in memory, for tests and for a server without a database. It keeps the newest entries only. */
public final class MemoryAudit implements Audit {
    private static final int LIMIT = 20_000; // about 10 MB

    private record Open(String by, AuditEntry entry) {}

    private final Map<UUID, Open> open = new LinkedHashMap<>();
    private final TreeMap<Long, AuditEntry> chain = new TreeMap<>();
    private Mark start = Mark.START;
    private Mark head = Mark.START;

    @Override
    public synchronized void announce(String by, List<Announced> entries) {
        entries.forEach(one -> open.put(one.id(), new Open(by, one.entry())));
    }

    @Override
    public synchronized void append(List<Announced> entries) {
        List<AuditEntry> wanted = entries.stream()
                .filter(one -> open.remove(one.id()) != null)
                .map(Announced::entry)
                .toList();
        for (AuditEntry entry : AuditChain.append(head, wanted)) {
            chain.put(entry.number(), entry);
            head = Mark.of(entry);
        }
        if (chain.size() > LIMIT) {
            forget(head.number() - LIMIT);
        }
    }

    @Override
    public synchronized List<Announced> left(String by, Instant before, int limit) {
        return open.entrySet().stream()
                .filter(one -> one.getValue().by().equals(by)
                        || one.getValue().entry().at().isBefore(before))
                .limit(limit)
                .map(one -> new Announced(one.getKey(), one.getValue().entry()))
                .toList();
    }

    @Override
    public synchronized List<AuditEntry> list(Asked asked) {
        NavigableMap<Long, AuditEntry> sorted = asked.newestFirst()
                ? chain.headMap(asked.from(), false).descendingMap()
                : chain.tailMap(asked.from(), false);
        return new ArrayList<>(sorted.values())
                .stream().filter(asked.filter()::fits).limit(asked.limit()).toList();
    }

    @Override
    public synchronized Ends ends() {
        return new Ends(start, head);
    }

    @Override
    public synchronized void forget(long upto) {
        AuditEntry last = chain.get(upto);
        if (last == null) {
            throw new IllegalStateException("there is no entry " + upto + " to begin after");
        }
        chain.headMap(upto, true).clear();
        start = Mark.of(last);
    }
}

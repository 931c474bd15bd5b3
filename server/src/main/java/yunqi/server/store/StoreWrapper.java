package yunqi.server.store;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.base.Story;

/** A store that is another one, but for what a subclass does differently. */
public class StoreWrapper implements Store {
    private final Store store;

    public StoreWrapper(Store store) {
        this.store = store;
    }

    @Override
    public Written write(List<Write> writes) {
        return store.write(writes);
    }

    @Override
    public List<Written> writeAll(List<List<Write>> transactions) {
        return store.writeAll(transactions);
    }

    @Override
    public Optional<Row> get(UUID id) {
        return store.get(id);
    }

    @Override
    public Map<UUID, Row> all(Collection<UUID> ids) {
        return store.all(ids);
    }

    @Override
    public List<Revision> revisions(String kind, Optional<UUID> host, Optional<UUID> after, int limit) {
        return store.revisions(kind, host, after, limit);
    }

    @Override
    public Story story(UUID id) {
        return store.story(id);
    }

    @Override
    public Optional<Row> find(String kind, Optional<Name> project, Name name) {
        return store.find(kind, project, name);
    }

    @Override
    public Page list(Query query) {
        return store.list(query);
    }

    @Override
    public long count(String kind, Optional<Name> project) {
        return store.count(kind, project);
    }

    @Override
    public List<String> claims(String scope) {
        return store.claims(scope);
    }

    @Override
    public Amounts charged(String pool) {
        return store.charged(pool);
    }

    @Override
    public Optional<Amounts> limit(String pool) {
        return store.limit(pool);
    }

    @Override
    public List<Change> changes(long after, int limit) {
        return store.changes(after, limit);
    }

    @Override
    public long version() {
        return store.version();
    }

    @Override
    public yunqi.server.store.Era era() {
        return store.era();
    }

    @Override
    public long oldest() {
        return store.oldest();
    }

    @Override
    public void await(long after, Duration longest) throws InterruptedException {
        store.await(after, longest);
    }

    @Override
    public Optional<Lease> lease(String loop, String owner, Duration length) {
        return store.lease(loop, owner, length);
    }

    @Override
    public void release(String loop, String owner) {
        store.release(loop, owner);
    }

    /** Leaves the other open: it belongs to whoever made it. */
    @Override
    public void close() {}
}

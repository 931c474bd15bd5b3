package yunqi.server.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import yunqi.core.base.Name;
import yunqi.core.base.Story;

/**
 * A store that fails when it is told to: refuses as if somebody else had written first, does not answer, or does what was asked and loses the
 * answer. Every call asks the decision function first, in order, so that a seeded function gives the same faults again. For the simulation and for tests.
 */
public final class FailingStore implements Store {
    /** What goes wrong with a call. */
    public enum Fault {
        NONE,
        /** The transaction is refused with {@code STALE} and nothing happens. For a read: nothing goes wrong. */
        STALE,
        /** {@link StoreUnavailable}, and nothing happened. */
        UNAVAILABLE_BEFORE,
        /** {@link StoreUnavailable}, though it happened. */
        UNAVAILABLE_AFTER
    }

    /** A call that is about to be made: the method of {@link Store}, and the transaction if it writes. Of {@code writeAll} each transaction is one call. */
    public record Call(String method, List<Write> writes) {}

    private final Store store;
    private final Function<Call, Fault> decide;

    public FailingStore(Store store, Function<Call, Fault> decide) {
        this.store = store;
        this.decide = decide;
    }

    @Override
    public Written write(List<Write> writes) {
        return write("write", writes);
    }

    /** One by one: where one fails with {@link StoreUnavailable}, those before it have happened and those after it have not. */
    @Override
    public List<Written> writeAll(List<List<Write>> transactions) {
        List<Written> written = new ArrayList<>();
        transactions.forEach(writes -> written.add(write("writeAll", writes)));
        return List.copyOf(written);
    }

    private Written write(String method, List<Write> writes) {
        return switch (decide.apply(new Call(method, writes))) {
            case NONE -> store.write(writes);
            case STALE -> new Written.Refused(0, Written.Reason.STALE, "somebody else wrote first (a planted fault)");
            case UNAVAILABLE_BEFORE -> throw lost();
            case UNAVAILABLE_AFTER -> {
                store.write(writes);
                throw lost();
            }
        };
    }

    /** What a call without a transaction goes through: afterwards the call itself is made, unless it failed before. */
    private <T> T call(String method, Supplier<T> body) {
        return switch (decide.apply(new Call(method, List.of()))) {
            case NONE, STALE -> body.get();
            case UNAVAILABLE_BEFORE -> throw lost();
            case UNAVAILABLE_AFTER -> {
                T _ = body.get();
                throw lost();
            }
        };
    }

    private static StoreUnavailable lost() {
        return new StoreUnavailable("the store does not answer (a planted fault)");
    }

    @Override
    public Optional<Row> get(UUID id) {
        return call("get", () -> store.get(id));
    }

    @Override
    public Map<UUID, Row> all(Collection<UUID> ids) {
        return call("all", () -> store.all(ids));
    }

    @Override
    public List<Revision> revisions(String kind, Optional<UUID> host, Optional<UUID> after, int limit) {
        return call("revisions", () -> store.revisions(kind, host, after, limit));
    }

    @Override
    public Story story(UUID id) {
        return call("story", () -> store.story(id));
    }

    @Override
    public Optional<Row> find(String kind, Optional<Name> project, Name name) {
        return call("find", () -> store.find(kind, project, name));
    }

    @Override
    public Page list(Query query) {
        return call("list", () -> store.list(query));
    }

    @Override
    public long count(String kind, Optional<Name> project) {
        return call("count", () -> store.count(kind, project));
    }

    @Override
    public List<String> claims(String scope) {
        return call("claims", () -> store.claims(scope));
    }

    @Override
    public Amounts charged(String pool) {
        return call("charged", () -> store.charged(pool));
    }

    @Override
    public Optional<Amounts> limit(String pool) {
        return call("limit", () -> store.limit(pool));
    }

    @Override
    public List<Change> changes(long after, int limit) {
        return call("changes", () -> store.changes(after, limit));
    }

    @Override
    public long version() {
        return call("version", store::version);
    }

    @Override
    public long oldest() {
        return call("oldest", store::oldest);
    }

    /** Never fails: it is known without asking. */
    @Override
    public Era era() {
        return store.era();
    }

    /** Never fails: it carries no answer that could be lost. */
    @Override
    public void await(long after, Duration longest) throws InterruptedException {
        store.await(after, longest);
    }

    @Override
    public Optional<Lease> lease(String loop, String owner, Duration length) {
        return call("lease", () -> store.lease(loop, owner, length));
    }

    @Override
    public void release(String loop, String owner) {
        call("release", () -> {
            store.release(loop, owner);
            return true;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}

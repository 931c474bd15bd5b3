package yunqi.server.store;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.base.Story;

/** Where everything is kept. Safe for use by many threads. Every method may throw {@link StoreUnavailable}. */
public interface Store extends AutoCloseable {
    /** One transaction. */
    Written write(List<Write> writes);

    /** Many transactions at once, for hot paths: each is accepted or refused by itself, in order; the answer has one entry for each. */
    List<Written> writeAll(List<List<Write>> transactions);

    Optional<Row> get(UUID id);

    /** Those of these rows that are there, by id; as if each were asked for by {@link #get}, at a fraction of the cost. */
    Map<UUID, Row> all(Collection<UUID> ids);

    /**
     * How far each row of a kind has come, on one host or on all, without reading any: sorted by id, so that the last id of a list is what the next begins after. The order of ids
     * is the store's own.
     */
    List<Revision> revisions(String kind, Optional<UUID> host, Optional<UUID> after, int limit);

    /** What happened to the row, as far as it is kept; nothing if it is not there. */
    Story story(UUID id);

    /** The row of this kind and name; {@code project} is empty for things of the whole site. */
    Optional<Row> find(String kind, Optional<Name> project, Name name);

    Page list(Query query);

    /** How many rows of a kind there are, in one project or in all. */
    long count(String kind, Optional<Name> project);

    /** All keys taken in a scope, sorted. */
    List<String> claims(String scope);

    /** What is taken from a pool, by all owners together. */
    Amounts charged(String pool);

    /** The pool's limit, if the pool is known. */
    Optional<Amounts> limit(String pool);

    /**
     * At most {@code limit} changes after this version, oldest first. No change is ever missed, though one may take a moment to show. Throws
     * {@link LogTrimmed} if some after this version are kept no more.
     */
    List<Change> changes(long after, int limit);

    /** The newest version that {@link #changes} would show. */
    long version();

    /** The present era: known to have begun before anything of it can be read. */
    Era era();

    /** The oldest version that {@link #changes} can start after; older entries have been trimmed. */
    long oldest();

    /** Waits until there is something after this version, at most this long. May come back early; a caller looks and waits again. */
    void await(long after, Duration longest) throws InterruptedException;

    /**
     * Takes or renews the loop's lease for this owner; empty while another holds it. Counted from before the call, so that the holder who trusts
     * {@code expires} stops before another can start.
     */
    Optional<Lease> lease(String loop, String owner, Duration length);

    /** Gives the lease up, if this owner holds it. Whoever takes it next, the same owner included, gets a new epoch. */
    void release(String loop, String owner);

    @Override
    void close();
}

package yunqi.server.store;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Event;
import yunqi.core.base.Labels;

/**
 * One part of a transaction. A transaction is a list of these: all happen, in order, or none. {@code GONE} is also the answer to every
 * write that needs a row which is not there: those that change it, and {@link Claim} and {@link Charge} for their owner.
 */
public sealed interface Write {
    /** Adds a row (its counters start at generation 1, decision 0, observation 0). {@code NAME_TAKEN} if kind, project and name are (by a row marked deleted as well), or the id. */
    record Create(Row row) implements Write {}

    /** Replaces labels and what is desired, and raises the generation. {@code STALE} unless the generation is this one. {@code GONE} if marked deleted. */
    record Declare(UUID id, long generation, Labels labels, String desired) implements Write {}

    /** Marks for deletion and raises the generation. {@code STALE} unless the generation is this one. Nothing changes if it is marked already, whatever the generation. */
    record MarkDeleted(UUID id, long generation, Instant at) implements Write {}

    /** Replaces what is decided. {@code STALE} unless generation and decision are these. */
    record Decide(UUID id, long generation, long decision, String decided, Optional<UUID> host) implements Write {}

    /** Replaces what was seen. {@code STALE} unless the observation is this one. */
    record Observe(UUID id, long observation, String seen) implements Write {}

    /** Removes the row with all its claims and charges. {@code STALE} unless the decision is this one; {@code REFUSED} unless it is marked deleted. */
    record Remove(UUID id, long decision) implements Write {}

    /**
     * Adds to the story of a row what happened to it. Goes with the write that it tells of: it is not logged as a change by itself. {@code GONE} if the row is not there.
     */
    record Tell(UUID id, Event event) implements Write {}

    /** Takes a key in a scope for the owner (a row's id). {@code TAKEN} if another owner has it; nothing changes if this owner has. */
    record Claim(String scope, String key, UUID owner) implements Write {}

    /** Gives a key back, if this owner has it. */
    record Unclaim(String scope, String key, UUID owner) implements Write {}

    /** Sets what a pool holds, making it if need be. What is already charged may exceed it afterwards; new charges are then refused. */
    record Limit(String pool, Amounts limit) implements Write {}

    /**
     * Sets what the owner (a row's id) takes from the pool, replacing what it took. {@code FULL} if an amount that grows would exceed the limit, or
     * the pool is not known; less than before is always accepted.
     */
    record Charge(String pool, UUID owner, Amounts amounts) implements Write {}

    /**
     * Sets what the owner takes from the pool, if it takes anything, whatever the limit: for what grew because somebody else decided so. New charges are
     * refused until there is room again.
     */
    record Recharge(String pool, UUID owner, Amounts amounts) implements Write {}

    /** Gives back what the owner took from the pool. */
    record Discharge(String pool, UUID owner) implements Write {}

    /** Forgets a pool, if it is known. {@code REFUSED} while anything is charged to it. */
    record Unlimit(String pool) implements Write {}

    /** Nothing by itself: the transaction is refused with {@code LEASE_LOST} unless this owner holds the loop's lease in this epoch and it has not run out. */
    record Guard(String loop, String owner, long epoch) implements Write {}
}

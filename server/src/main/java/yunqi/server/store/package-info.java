/**
 * The only truth about wishes and decisions: rows, unique claims, counted charges, the change log, loop leases. Called by routes (desired),
 * control loops (decided) and the host link (seen). {@code PostgresStore} and {@code MemoryStore} pass one contract suite.
 * Start with {@link Store}.
 */
@NullMarked
package yunqi.server.store;

import org.jspecify.annotations.NullMarked;

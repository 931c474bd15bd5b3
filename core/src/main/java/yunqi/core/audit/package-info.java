/**
 * Who did what: one entry for each request that changes something or was refused, and the chain of hashes that binds each to the one before it.
 * Pure: the server appends by it, and whoever holds an export can check it with nothing else. Start with {@link AuditEntry}, then {@link AuditChain}.
 */
@NullMarked
package yunqi.core.audit;

import org.jspecify.annotations.NullMarked;

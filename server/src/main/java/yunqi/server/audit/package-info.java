/**
 * Keeps who did what: entries are announced while the request is worked on, and appended to the chain after it. Called by the API's listener for every request; what
 * is kept is shown by routes in {@code server/site}. Start with {@link yunqi.server.audit.AuditTrail}; docs/decisions/0008-audit.md says why it is so.
 */
@NullMarked
package yunqi.server.audit;

import org.jspecify.annotations.NullMarked;

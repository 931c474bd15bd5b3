/**
 * Who may do what: operators' tokens, and one-time tokens for hosts. Called by the listener for every request. Start with {@code Tokens}.
 */
@NullMarked
package yunqi.server.access;

import org.jspecify.annotations.NullMarked;

/**
 * Who calls: tokens, passwords, signing in; and one-time tokens for hosts. Called by the listener for every request. Start with {@code Access}.
 */
@NullMarked
package yunqi.server.access;

import org.jspecify.annotations.NullMarked;

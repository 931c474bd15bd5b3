/**
 * Signing in through an OpenID provider: which one it is, what it must prove, who comes in by it and with which roles. Called by the API; gives tokens of
 * {@link yunqi.server.access}. Start with {@code SignIns}.
 */
@NullMarked
package yunqi.server.oidc;

import org.jspecify.annotations.NullMarked;

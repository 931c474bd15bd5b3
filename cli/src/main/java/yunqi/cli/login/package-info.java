/** Signing in at an OpenID provider: the browser's way back to this machine, and another device's code. Start with {@code SsoLogin}. */
@NullMarked
package yunqi.cli.login;

import org.jspecify.annotations.NullMarked;

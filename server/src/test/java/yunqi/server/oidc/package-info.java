/** Signing in through a provider, each part by itself. */
@org.jspecify.annotations.NullMarked
package yunqi.server.oidc;

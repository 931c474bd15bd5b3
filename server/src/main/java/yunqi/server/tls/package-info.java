/**
 * The site's own certificate authority: it makes the server's certificates and signs those of hosts. Called by {@code Main} (listeners, OVN),
 * by joining and by the link. Start with {@code Authority}.
 */
@NullMarked
package yunqi.server.tls;

import org.jspecify.annotations.NullMarked;

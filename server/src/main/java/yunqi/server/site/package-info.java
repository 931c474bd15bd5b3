/**
 * The site as a whole: its daemons (OVN central, the registry) started and kept running, its health and figures, what it has from the first start.
 * Called by {@code Main}. Start with {@code SiteDaemons}.
 */
@NullMarked
package yunqi.server.site;

import org.jspecify.annotations.NullMarked;

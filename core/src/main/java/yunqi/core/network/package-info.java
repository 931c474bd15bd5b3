/**
 * Networks, ports, and the two interfaces behind them: {@code NetworkDriver} for the site, {@code PortDriver} for one host.
 * Called by the network loop of the server and by the agent. Start with {@link NetworkPlan}.
 */
@NullMarked
package yunqi.core.network;

import org.jspecify.annotations.NullMarked;

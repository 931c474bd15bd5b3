/**
 * What the agent must not forget: which instances it was assigned, what it remembers of each, and which it was told to delete. Survives crashes,
 * restarts and upgrades of the agent, and power cuts. Called by the local loop. Start with {@link Memories}.
 */
@NullMarked
package yunqi.agent.state;

import org.jspecify.annotations.NullMarked;

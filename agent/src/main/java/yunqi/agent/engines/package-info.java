/**
 * The engines of this host: brought up beside the agent, kept running, reported, and taken down. They go on when the agent ends. Called by
 * {@code Main}. Start with {@code EnginesOfHost}.
 */
@NullMarked
package yunqi.agent.engines;

import org.jspecify.annotations.NullMarked;

/**
 * Processes on this machine: commands that are run to their end, and daemons that outlive us (found again by pid file and start time,
 * started again when they die). Called by the engines' drivers and by agent and server. Start with {@link Command} and {@link Daemon}.
 */
@NullMarked
package yunqi.drivers.process;

import org.jspecify.annotations.NullMarked;

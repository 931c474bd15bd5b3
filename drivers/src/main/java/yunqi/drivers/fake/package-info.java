/**
 * A body in memory of every driver interface, with fault switches: for tests, the simulation and pretended hosts. A {@link FakeHost} is one machine
 * whose state outlives the drivers that it hands out, as an engine's outlives the agent; {@link FakeNetworks} are the networks of a site.
 * Everything is deterministic: time and faults are passed in. Start with {@link FakeHost}.
 */
@NullMarked
package yunqi.drivers.fake;

import org.jspecify.annotations.NullMarked;

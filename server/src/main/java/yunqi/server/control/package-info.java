/**
 * The control loops: each is told which thing may need something, reads what is wanted, decided and seen of it, asks the pure core for the next step, and does
 * it. Called by {@code Main}, and step by step by the simulation. Start with {@link Control}, then {@code InstanceWork}.
 */
@NullMarked
package yunqi.server.control;

import org.jspecify.annotations.NullMarked;

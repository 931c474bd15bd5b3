/** Tests of the agent's settings. */
@NullMarked
package yunqi.agent;

import org.jspecify.annotations.NullMarked;

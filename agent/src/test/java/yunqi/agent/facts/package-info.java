/** Tests of what is read of the machine. */
@NullMarked
package yunqi.agent.facts;

import org.jspecify.annotations.NullMarked;

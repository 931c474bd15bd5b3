/** Tests of the link to hosts. */
@NullMarked
package yunqi.server.agents;

import org.jspecify.annotations.NullMarked;

/** The link between server and agent, both ends in one process, over real TLS. */
@NullMarked
package yunqi.trials.link;

import org.jspecify.annotations.NullMarked;

@NullMarked
package yunqi.agent.metadata;

import org.jspecify.annotations.NullMarked;

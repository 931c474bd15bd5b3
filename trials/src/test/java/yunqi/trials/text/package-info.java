/** What tenants write, where it is put into a form of somebody else's. */
@NullMarked
package yunqi.trials.text;

import org.jspecify.annotations.NullMarked;

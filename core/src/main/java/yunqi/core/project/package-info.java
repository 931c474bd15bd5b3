/**
 * A project: the wall between tenants; names, networks, instances live inside one.
 * Called by the API and by everything that checks who may see what. Start with {@link Project}.
 */
@NullMarked
package yunqi.core.project;

import org.jspecify.annotations.NullMarked;

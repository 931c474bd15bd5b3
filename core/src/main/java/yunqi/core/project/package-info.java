/**
 * A project: the wall between tenants; names, networks, instances live inside one. Also who may enter: users, and the roles granted to them.
 * Called by the API and by everything that checks who may see what. Start with {@link Project}.
 */
@NullMarked
package yunqi.core.project;

import org.jspecify.annotations.NullMarked;

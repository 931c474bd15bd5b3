/**
 * A host: one machine that runs instances: what it is, what it can hold, whether it is heard from.
 * Called by the API, the scheduler and the host link. Start with {@link Host}, then {@link Hosts}.
 */
@NullMarked
package yunqi.core.host;

import org.jspecify.annotations.NullMarked;

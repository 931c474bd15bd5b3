/**
 * What happened to things, as it is told and shown. Called by the routes that every kind has. Start with {@link Stories}.
 */
@NullMarked
package yunqi.server.story;

import org.jspecify.annotations.NullMarked;

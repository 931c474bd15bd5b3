/**
 * Streams between users and instances: tickets, and the pairing of a user's WebSocket with a host's. Called by the API's routes for consoles,
 * commands and logs, and by the link to hosts. Start with {@link Streams}.
 */
@NullMarked
package yunqi.server.streams;

import org.jspecify.annotations.NullMarked;

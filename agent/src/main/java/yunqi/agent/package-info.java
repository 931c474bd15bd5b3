/**
 * The agent: runs as root on every host, makes it run what the server assigned, and reports what it sees. Start with {@code Main}.
 */
@NullMarked
package yunqi.agent;

import org.jspecify.annotations.NullMarked;

/**
 * Fetches files from addresses that users give ({@link yunqi.drivers.web.WebFetch}), asks small questions of servers that an operator named ({@link yunqi.drivers.web.WebCall}), and from no place that the operator has not opened
 * ({@link yunqi.drivers.web.Reachable}): whoever asks the server to fetch must not reach through it what he cannot reach himself. Wired by the
 * server.
 */
@NullMarked
package yunqi.drivers.web;

import org.jspecify.annotations.NullMarked;

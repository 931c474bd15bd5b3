/**
 * The API's listener: routes with what they take and give, who may call them, errors as problem+json, watching, the description of all of it.
 * Called by {@code Main}; every kind's routes are written against {@code Route}, {@code Call} and {@code Reply}, and know no HTTP library.
 * Start with {@code Route}, then {@code Http}; {@code Declarations} is what all kinds have in common.
 */
@NullMarked
package yunqi.server.http;

import org.jspecify.annotations.NullMarked;

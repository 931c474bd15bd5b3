/** Tests of the store: {@link yunqi.server.store.StoreContract} says what every store does. */
@NullMarked
package yunqi.server.store;

import org.jspecify.annotations.NullMarked;

/**
 * Words that every part of Yunqi speaks: names, sizes, addresses, labels, what every thing has ({@code Meta}), trouble.
 * Called by everyone; depends on nothing but the JDK. Start with {@link Name} and {@link Meta}.
 */
@NullMarked
package yunqi.core.base;

import org.jspecify.annotations.NullMarked;

/** A real registry of the tests' own. Start with {@code RegistryIT}. */
@NullMarked
package yunqi.drivers.registry;

import org.jspecify.annotations.NullMarked;

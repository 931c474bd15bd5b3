/**
 * The site's image registry: its daemon and config as values ({@link yunqi.drivers.registry.RegistryEngine}), reading images from it
 * ({@link yunqi.drivers.registry.HttpImageSource}) and pushing them ({@link yunqi.drivers.registry.RegistryPush}), by plain HTTP as the OCI
 * distribution specification has it. Called by server and agent, which wire it.
 */
@NullMarked
package yunqi.drivers.registry;

import org.jspecify.annotations.NullMarked;

/**
 * What instances are told about themselves at 169.254.169.254, in each network apart: who asks is known by the network and the address that the question
 * comes from, which port security lets nobody forge. {@link MetadataService} has a {@link Door} open in each network that an instance of this host is in;
 * {@link Answers} says what is answered, from the {@link Documents} of the one who asks. Nothing but what is assigned to this host is needed, so it works
 * while the server is away.
 */
@NullMarked
package yunqi.agent.metadata;

import org.jspecify.annotations.NullMarked;

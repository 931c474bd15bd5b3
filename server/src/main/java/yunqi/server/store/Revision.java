package yunqi.server.store;

import java.util.UUID;

/** How far a row has come. */
public record Revision(UUID id, Counts counts) {}

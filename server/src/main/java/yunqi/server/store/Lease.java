package yunqi.server.store;

import java.time.Instant;

/** The right of one owner to run one loop, until {@code expires}. The epoch is raised whenever the owner changes. */
public record Lease(String loop, String owner, long epoch, Instant expires) {}

package yunqi.server.store;

import java.time.Instant;
import java.util.Optional;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;

/** What is known of a thing with some of it changed. */
final class Recount {
    private Recount() {}

    static Meta relabelled(Meta meta, Labels labels) {
        return new Meta(
                meta.id(),
                meta.project(),
                meta.name(),
                labels,
                meta.generation(),
                meta.decision(),
                meta.observation(),
                meta.version(),
                meta.created(),
                meta.deleted());
    }

    static Meta counted(Meta meta, int generations, int decisions, int observations, Optional<Instant> deleted) {
        return new Meta(
                meta.id(),
                meta.project(),
                meta.name(),
                meta.labels(),
                meta.generation() + generations,
                meta.decision() + decisions,
                meta.observation() + observations,
                meta.version(),
                meta.created(),
                deleted);
    }
}

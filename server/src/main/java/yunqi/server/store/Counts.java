package yunqi.server.store;

import yunqi.core.base.Meta;

/** How often what is wanted of a row, what is decided about it and what is seen of it have changed. */
public record Counts(long generation, long decision, long observation) {
    /** Of a change whose counts were not kept, as a server of the release before writes it. */
    public static final Counts UNKNOWN = new Counts(0, 0, 0);

    public static Counts of(Meta meta) {
        return new Counts(meta.generation(), meta.decision(), meta.observation());
    }

    /** Grows with every change, whatever changed. */
    public long revision() {
        return generation + decision + observation;
    }
}

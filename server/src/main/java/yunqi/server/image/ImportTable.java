package yunqi.server.image;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.image.Import;
import yunqi.core.image.ImportDecided;
import yunqi.core.image.ImportSpec;
import yunqi.core.image.Imports;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;

/** Imports as rows of the store. An import has the name of its image: there is one at a time. */
public final class ImportTable {
    public static final String KIND = "import";

    private ImportTable() {}

    public static Import read(Row row) {
        ImportSpec spec = Wire.stored(row.desired(), ImportSpec.class);
        ImportDecided decided = row.decided().equals(Row.EMPTY)
                ? Imports.first(spec, row.meta().created())
                : Wire.stored(row.decided(), ImportDecided.class);
        return new Import(row.meta(), spec, decided);
    }

    static Row fresh(Name project, Name name, ImportSpec spec, Instant now) {
        Meta meta =
                new Meta(UUID.randomUUID(), Optional.of(project), name, Labels.NONE, 1, 0, 0, 0, now, Optional.empty());
        return new Row(KIND, meta, Wire.write(spec), Row.EMPTY, Row.EMPTY, Optional.empty());
    }
}

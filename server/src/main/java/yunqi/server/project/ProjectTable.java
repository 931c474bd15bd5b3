package yunqi.server.project;

import yunqi.core.project.Project;
import yunqi.core.project.ProjectSpec;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;

/** Projects as rows of the store. */
public final class ProjectTable {
    public static final String KIND = "project";

    private ProjectTable() {}

    public static Project read(Row row) {
        return new Project(row.meta(), Wire.stored(row.desired(), ProjectSpec.class));
    }
}

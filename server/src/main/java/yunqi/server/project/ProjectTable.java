package yunqi.server.project;

import java.util.UUID;
import yunqi.core.project.Project;
import yunqi.core.project.ProjectSpec;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;

/** Projects as rows of the store. */
public final class ProjectTable {
    public static final String KIND = "project";

    private ProjectTable() {}

    /**
     * The pool that every thing of a project is charged to, one {@code instances} each: a project can only be removed together with its pool, and a pool
     * only while nothing is charged to it.
     */
    public static String pool(UUID project) {
        return "project/" + project;
    }

    public static Project read(Row row) {
        return new Project(row.meta(), Wire.stored(row.desired(), ProjectSpec.class));
    }
}

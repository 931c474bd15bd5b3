package yunqi.server.project;

import java.util.UUID;
import yunqi.server.store.Amounts;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** Things of a project are charged to its pool, each as one: so a project can never be removed while something is in it, whoever is faster. */
public final class Things {
    static final Amounts ONE = new Amounts(0, 0, 0, 1, 0);
    static final Amounts ANY = new Amounts(0, 0, 0, Long.MAX_VALUE, 0);

    private Things() {}

    /** Written beside the row of a new thing. Refused if the project is gone. */
    public static Write charge(Row project, UUID thing) {
        return new Write.Charge(ProjectTable.pool(project.id()), thing, ONE);
    }
}

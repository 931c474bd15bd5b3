package yunqi.core.project;

import yunqi.core.base.Meta;
import yunqi.core.base.Name;

/** A project: the wall between tenants. */
public record Project(Meta meta, ProjectSpec spec) {
    /** The project in which a command works if none is named. */
    public static final Name DEFAULT = new Name("default");
    /** The project whose images every project may use. */
    public static final Name LIBRARY = new Name("library");
}

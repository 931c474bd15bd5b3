package yunqi.server.store;

import java.util.Optional;
import yunqi.core.base.Name;

/** A row's name as unique in the store; {@code project} is the empty string for things of the whole site. */
record NameKey(String kind, String project, String name) implements Comparable<NameKey> {
    static NameKey of(String kind, Optional<Name> project, Name name) {
        return new NameKey(kind, project.map(Name::value).orElse(""), name.value());
    }

    static NameKey of(Row row) {
        return of(row.kind(), row.meta().project(), row.meta().name());
    }

    @Override
    public int compareTo(NameKey other) {
        int byKind = kind.compareTo(other.kind);
        int byProject = byKind != 0 ? byKind : project.compareTo(other.project);
        return byProject != 0 ? byProject : name.compareTo(other.name);
    }
}

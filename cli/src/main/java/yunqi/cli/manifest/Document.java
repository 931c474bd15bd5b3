package yunqi.cli.manifest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import yunqi.cli.api.Json;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;

/** One document of a manifest, checked: a thing as it should be. {@code given} is its spec as written, {@code source} where it stands ({@code FILE:LINE}). */
public record Document(Kind kind, String project, Name name, Labels labels, ObjectNode given, String source) {
    public String path() {
        return kind.path(project) + "/" + name;
    }

    /** {@code instance default/web} or {@code host h1}. */
    public String title() {
        return kind.word() + " " + (kind.scoped() ? project + "/" : "") + name;
    }

    /** The spec with all defaults in it; what {@code kept} names and the document doesn't say stays as it is in {@code present}. */
    public ObjectNode spec(ObjectNode present) {
        ObjectNode whole = given.deepCopy();
        // How often a restart was asked for is a count of the past, not a wish: a manifest that is silent about it must
        // not take it back.
        if (kind == Kind.INSTANCE && !whole.has("restarts") && present.has("restarts")) {
            whole.set("restarts", present.get("restarts"));
        }
        return Wire.tree(Specs.read(kind, whole)).deepCopy();
    }

    /** The body of its {@code PUT}. */
    public ObjectNode body(ObjectNode present) {
        ObjectNode body = Json.object();
        body.set("labels", Wire.tree(labels));
        body.set("spec", spec(present));
        return body;
    }

    /** The lines of a document by the path of its fields, for messages. */
    record Lines(Map<String, Integer> byPath, int first) {
        /** The line of this field, or of what it would stand in. */
        int of(String path) {
            String at = path;
            while (!at.isEmpty()) {
                Integer line = byPath.get(at);
                if (line != null) {
                    return line;
                }
                int dot = Math.max(at.lastIndexOf('.'), at.lastIndexOf('['));
                at = dot < 0 ? "" : at.substring(0, dot);
            }
            return first;
        }
    }
}

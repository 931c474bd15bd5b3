package yunqi.cli.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;
import yunqi.core.base.Labels;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;

/** Sends wishes: creates things, and changes one field of a thing without losing what another changed meanwhile. */
public final class Declare {
    private static final int TRIES = 5; // two people changing one thing at once is rare; five in a row is a loop

    private Declare() {}

    /** The body of a {@code PUT}, its spec read first as the server will read it, so that a bad value is told before anything is sent. */
    public static ObjectNode body(Kind kind, SortedMap<String, String> labels, ObjectNode spec) {
        ObjectNode body = Json.object();
        body.set("labels", Wire.tree(Labels.of(labels)));
        body.set("spec", Wire.tree(Specs.read(kind, spec)));
        return body;
    }

    /** Creates a thing; refused if there is one of that name. */
    public static JsonNode create(Api api, String path, ObjectNode body) {
        return api.put(path, body, Map.of("If-None-Match", "*")).body();
    }

    /** Changes the spec of a thing that is there. */
    public static JsonNode change(Api api, String path, Consumer<ObjectNode> edit) {
        for (int attempt = 1; ; attempt++) {
            JsonNode item = api.get(path);
            ObjectNode spec = item.path("spec").deepCopy();
            edit.accept(spec);
            ObjectNode body = Json.object();
            body.set("labels", item.path("labels"));
            body.set("spec", spec);
            Api.Answer answer = api.call(
                    "PUT",
                    path,
                    java.util.Optional.of(body),
                    Map.of("If-Match", '"' + item.path("generation").asText() + '"'));
            if (answer.status() != 412) {
                return api.good(answer).body();
            }
            if (attempt == TRIES) {
                throw Trouble.failed("it changes faster than it can be read; try again");
            }
        }
    }
}

package yunqi.cli.manifest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import yunqi.cli.api.Json;
import yunqi.core.wire.Kind;

/** Documents that one request can make together: instances of one project. */
public final class Batches {
    /** From so many on one request is worth its while: fewer are asked for one by one, which says sooner what is wrong. */
    public static final int MANY = 10;

    private static final int TOGETHER = 500; // of the 1,000 that the server takes
    private static final int CHARACTERS = 700_000; // of the megabyte that a body may have, most of them one byte

    private Batches() {}

    /** All documents in their order, in lists of those that can go together. */
    public static List<List<Document>> of(List<Document> documents) {
        List<List<Document>> all = new ArrayList<>();
        long characters = 0;
        for (Document document : documents) {
            long length = item(document).toString().length();
            if (all.isEmpty() || characters + length > CHARACTERS || !joins(all.getLast(), document)) {
                all.add(new ArrayList<>());
                characters = 0;
            }
            all.getLast().add(document);
            characters += length;
        }
        return all;
    }

    private static boolean joins(List<Document> before, Document document) {
        Document first = before.getFirst();
        return document.kind() == Kind.INSTANCE
                && first.kind() == Kind.INSTANCE
                && first.project().equals(document.project())
                && before.size() < TOGETHER;
    }

    /** What is sent to make all of these. */
    public static ObjectNode body(List<Document> together) {
        ObjectNode body = Json.object();
        ArrayNode items = body.putArray("items");
        together.forEach(document -> items.add(item(document)));
        return body;
    }

    private static ObjectNode item(Document document) {
        ObjectNode item = document.body(Json.object());
        item.put("name", document.name().value());
        return item;
    }
}

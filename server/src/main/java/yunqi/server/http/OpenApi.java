package yunqi.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import yunqi.core.wire.Api;
import yunqi.core.wire.Wire;

/** The description of the API (OpenAPI 3.1), derived from the table of routes: it cannot fall behind. */
public final class OpenApi {
    private OpenApi() {}

    /** {@code version} is that of the program. */
    public static JsonNode of(List<Route> routes, List<Route.Socket> sockets, String version) {
        Schemas schemas = new Schemas();
        ObjectNode root = Wire.strict().createObjectNode();
        root.put("openapi", "3.1.0");
        ObjectNode info = root.putObject("info");
        info.put("title", "Yunqi").put("version", version);
        info.putObject("license").put("name", "Apache-2.0").put("identifier", "Apache-2.0");
        ObjectNode paths = root.putObject("paths");
        for (Route route : routes) {
            ObjectNode path = (ObjectNode) paths.get(route.path());
            ObjectNode known = path == null ? paths.putObject(route.path()) : path;
            known.set(route.method().name().toLowerCase(Locale.ROOT), operation(route, schemas));
        }
        for (Route.Socket socket : sockets) {
            ObjectNode operation = paths.putObject(socket.path()).putObject("get");
            operation.put("operationId", id("get", socket.path())).put("summary", socket.summary());
            parameter(operation, "ticket", "path", "", true);
            operation
                    .putObject("responses")
                    .putObject("101")
                    .put(
                            "description",
                            "a WebSocket with binary frames, the first byte of which says what the rest is");
        }
        schemas.of(Api.Problem.class);
        ObjectNode components = root.putObject("components");
        ObjectNode all = components.putObject("schemas");
        schemas.named().forEach(all::set);
        components
                .putObject("securitySchemes")
                .putObject("bearer")
                .put("type", "http")
                .put("scheme", "bearer");
        return root;
    }

    private static ObjectNode operation(Route route, Schemas schemas) {
        ObjectNode operation = Wire.strict().createObjectNode();
        operation
                .put("operationId", id(route.method().name().toLowerCase(Locale.ROOT), route.path()))
                .put("summary", route.summary())
                .put("x-right", route.right().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (route.right() != Right.ANYONE) {
            operation.putArray("security").addObject().putArray("bearer");
        }
        route.parameters().forEach(name -> parameter(operation, name, "path", "", true));
        route.form().queries().forEach((name, meaning) -> parameter(operation, name, "query", meaning, false));
        route.form()
                .request()
                .ifPresent(type -> operation
                        .putObject("requestBody")
                        .putObject("content")
                        .putObject("application/json")
                        .set("schema", schemas.of(type)));
        ObjectNode responses = operation.putObject("responses");
        ObjectNode good = responses.putObject(Integer.toString(route.form().status()));
        good.put("description", "done");
        ObjectNode content = good.putObject("content").putObject(route.form().contentType());
        route.form().response().ifPresent(type -> content.set("schema", schemas.of(type)));
        responses
                .putObject("default")
                .put("description", "refused or failed")
                .putObject("content")
                .putObject("application/problem+json")
                .putObject("schema")
                .put("$ref", "#/components/schemas/Problem");
        return operation;
    }

    private static void parameter(ObjectNode operation, String name, String in, String meaning, boolean required) {
        ObjectNode parameter = operation
                .withArray("/parameters")
                .addObject()
                .put("name", name)
                .put("in", in)
                .put("required", required);
        if (!meaning.isEmpty()) {
            parameter.put("description", meaning);
        }
        parameter.putObject("schema").put("type", "string");
    }

    private static String id(String method, String path) {
        return method + path.replaceAll("[^A-Za-z0-9]+", "-").replaceAll("-$", "");
    }
}

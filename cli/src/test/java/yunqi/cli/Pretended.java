package yunqi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;

/** A small server in this process that speaks the real records: it keeps what is declared, and everything runs after it was looked at twice. */
final class Pretended implements AutoCloseable {
    private final HttpServer server;
    private final SortedMap<String, ObjectNode> things = new TreeMap<>();
    private final Map<String, Integer> looks = new TreeMap<>();
    private final List<String> calls = new ArrayList<>();
    private String token = "good";

    Pretended() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Every call so far: method, path, and condition. */
    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    synchronized Optional<ObjectNode> thing(String path) {
        return Optional.ofNullable(things.get(path));
    }

    synchronized void takesOnly(String other) {
        token = other;
    }

    private synchronized void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean createOnly = "*".equals(exchange.getRequestHeaders().getFirst("If-None-Match"));
        calls.add(method + " " + path + (createOnly ? " new" : ""));
        if (!("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            problem(exchange, 401, "no-token", "", "a token is needed", "");
            return;
        }
        String name = path.substring(path.lastIndexOf('/') + 1);
        Optional<Kind> list = List.of(Kind.values()).stream()
                .filter(kind -> kind.plural().equals(name))
                .findFirst();
        if (list.isPresent()) {
            list(exchange, path);
        } else if (method.equals("PUT")) {
            put(exchange, path, body, createOnly);
        } else if (!things.containsKey(path)) {
            problem(exchange, 404, "not-found", "", "no instance named " + name + "; did you mean 'web'?", "");
        } else if (method.equals("DELETE")) {
            things.remove(path);
            send(exchange, 200, "{}");
        } else {
            send(exchange, 200, seen(path).toString());
        }
    }

    private void list(HttpExchange exchange, String path) throws IOException {
        var all = things.keySet().stream()
                .filter(key -> key.startsWith(path + "/"))
                .map(this::seen)
                .toList();
        boolean second = String.valueOf(exchange.getRequestURI().getQuery()).contains("after=more");
        // Two pages, so that whoever reads one only is found out.
        int half = all.size() / 2;
        ObjectNode page = Wire.lenient().createObjectNode();
        var items = page.putArray("items");
        (second ? all.subList(half, all.size()) : all.subList(0, half)).forEach(items::add);
        if (!second && all.size() > half) {
            page.put("next", "more");
        }
        send(exchange, 200, page.put("version", 1).toString());
    }

    private void put(HttpExchange exchange, String path, String body, boolean createOnly) throws IOException {
        if (createOnly && things.containsKey(path)) {
            problem(exchange, 412, "name-taken", "name", "there is one of that name", "choose another name");
            return;
        }
        JsonNode wish = Wire.read("", body, JsonNode.class);
        String image = wish.at("/spec/image").asText();
        if (List.of("tinny", "debian-12", "debain-12").contains(image)) {
            problem(
                    exchange,
                    422,
                    "unknown-image",
                    "spec.image",
                    "there is no image '" + image + "'" + (image.equals("tinny") ? "; did you mean 'tiny'?" : ""),
                    "'yunqi image list' shows all");
            return;
        }
        String[] parts = path.split("/", -1);
        Kind kind = List.of(Kind.values()).stream()
                .filter(k -> k.plural().equals(parts[parts.length - 2]))
                .findFirst()
                .orElseThrow();
        var item = new Api.Item<>(
                kind.word(),
                kind.scoped() ? Optional.of(new Name(parts[3])) : Optional.empty(),
                new Name(parts[parts.length - 1]),
                new UUID(0, 1),
                1,
                1,
                Instant.EPOCH,
                Optional.empty(),
                Wire.read("labels", wish.path("labels"), Labels.class),
                Specs.read(kind, wish.path("spec")),
                new Api.Plain("starting", "waits for its host to take it up", Instant.EPOCH));
        things.put(path, (ObjectNode) Wire.tree(item));
        looks.remove(path);
        send(exchange, 201, things.get(path).toString());
    }

    private ObjectNode seen(String path) {
        ObjectNode item = things.getOrDefault(path, Wire.lenient().createObjectNode());
        int looked = looks.merge(path, 1, Integer::sum);
        if (looked > 2 && item.path("kind").asText().equals("instance")) {
            boolean running = item.at("/spec/running").asBoolean();
            item.set(
                    "status",
                    Wire.tree(new Api.InstanceStatus(
                            running ? "running" : "stopped",
                            "as wished",
                            Instant.EPOCH,
                            running,
                            Optional.of(new Name("h1")),
                            List.of(IpAddress.parse("10.0.0.5")),
                            List.of(),
                            1,
                            0,
                            Optional.empty(),
                            Optional.of(Instant.EPOCH),
                            Optional.of(1.25),
                            "h1: the only host",
                            Optional.empty())));
        }
        return item;
    }

    private static void problem(
            HttpExchange exchange, int status, String code, String field, String detail, String hint)
            throws IOException {
        var problem = new Api.Problem(
                "urn:yunqi:problem:" + code,
                "Refused",
                status,
                code,
                Optional.of(field).filter(text -> !text.isEmpty()),
                detail,
                Optional.of(hint).filter(text -> !text.isEmpty()),
                "r-1");
        send(exchange, status, Wire.write(problem));
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

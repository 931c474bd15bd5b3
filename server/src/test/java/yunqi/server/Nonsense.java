package yunqi.server;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import yunqi.server.http.Route;

/** Requests as a confused or hostile client would make them: some part is as it should be, so that they get far, and some part is not. */
final class Nonsense {
    private static final int LARGE = 10 << 20;
    private static final int DEEP = 20_000;
    private static final List<String> NAMES = List.of("default", "library", "web", "a", "b-1", "tiny");
    private static final List<String> ODD_NAMES = List.of(
            "..",
            ".",
            "%2e%2e",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "%00",
            "a%00b",
            "a%0ab",
            "%0d%0aX-Evil:%201",
            "A",
            "-",
            "a-",
            "%zz",
            "%",
            "%ff",
            "%c3%28",
            "%f0%9f%92%a9",
            "a%20b",
            "a;b",
            "a'b",
            "%22",
            "$(id)",
            "%60id%60",
            "{name}",
            "%252e",
            "0",
            "null",
            "*",
            "a%2fb",
            "~",
            "%e2%80%ae");
    private static final List<String> TEXTS = List.of(
            "\"\"",
            "\" \"",
            "\"a\"",
            "\"default\"",
            "\"busybox\"",
            "\"tiny\"",
            "\"..\\/..\"",
            "\"$(reboot)\"",
            "\"`id`\"",
            "\"a\\nb\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"</script>\"",
            "\"'; drop table thing; --\"",
            "\"\\u001b[2J\"",
            "\"%s%n\"",
            "\"256MiB\"",
            "\"-1GiB\"",
            "\"1e99GiB\"",
            "\"9999999999999999999TiB\"",
            "\"10.0.0.0/24\"",
            "\"10.0.0.0/33\"",
            "\"::/0\"",
            "\"256.1.1.1\"",
            "\"sha256:zz\"");
    private static final List<String> VALUES = List.of(
            "0",
            "-1",
            "1",
            "1.5",
            "1e400",
            "-1e400",
            "9223372036854775808",
            "1e-400",
            "123456789012345678901234567890",
            "00",
            "NaN",
            "Infinity",
            "true",
            "false",
            "null",
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "{\"\":1}",
            "[1,2,3]",
            "\"\\x\"",
            "'a'",
            "undefined",
            "-",
            "//",
            "");
    private static final List<String> FIELDS = List.of(
            "spec",
            "labels",
            "type",
            "image",
            "flavor",
            "networks",
            "network",
            "ip",
            "running",
            "restart",
            "command",
            "env",
            "keys",
            "userData",
            "host",
            "hostLabels",
            "cidr",
            "dns",
            "vcpus",
            "memory",
            "disk",
            "repository",
            "digest",
            "size",
            "minMemory",
            "description",
            "kind",
            "name",
            "project",
            "status",
            "generation",
            "__proto__",
            "constructor",
            "$where",
            "");
    private static final List<String> BODIES = List.of(
            "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\"}}",
            "{\"spec\":{\"type\":\"vm\",\"image\":\"tiny\",\"flavor\":\"small\",\"networks\":[{\"network\":\"default\",\"ip\":\"10.0.0.9\"}]}}",
            "{\"labels\":{\"a\":\"b\"},\"spec\":{\"cidr\":\"10.9.0.0/24\"}}",
            "{\"spec\":{\"vcpus\":1,\"memory\":\"128MiB\",\"disk\":\"1GiB\"}}",
            "{\"spec\":{\"type\":\"vm\",\"repository\":\"library/a\",\"digest\":\"sha256:" + "0".repeat(64)
                    + "\",\"size\":\"1MiB\",\"minMemory\":\"1MiB\"}}",
            "{\"spec\":{}}",
            "{\"command\":[\"id\"],\"terminal\":true}",
            "{\"tail\":5,\"follow\":false}");

    private final RandomGenerator random;
    private final List<Route> routes;

    Nonsense(RandomGenerator random, List<Route> routes) {
        this.random = random;
        this.routes = routes;
    }

    /** One request; {@code words} says in short what it is. Every character of head and body is one byte. */
    record Request(String words, String head, String body, boolean answerHasBody) {}

    Request next(String token) {
        Route route = routes.get(random.nextInt(routes.size()));
        String method = one(6)
                ? pick(List.of("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "FOO", "get"))
                : route.method().name();
        String path = path(route);
        String body = method.equals("GET") && !one(10) ? "" : body();
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        head.append("Authorization: ")
                .append(
                        one(30)
                                ? pick(List.of("Bearer", "Basic ???", "Bearer " + "f".repeat(64), "\u0001"))
                                : "Bearer " + token);
        head.append("\r\n");
        if (one(8)) {
            head.append(pick(List.of(
                            "If-Match",
                            "If-None-Match",
                            "Last-Event-ID",
                            "Content-Type",
                            "Accept",
                            "Expect-Nothing",
                            "X-Forwarded-For")))
                    .append(": ")
                    .append(pick(List.of(
                            "*",
                            "\"1\"",
                            "1",
                            "-1",
                            "99999999999999999999",
                            "abc",
                            "text/html",
                            "\"",
                            "a".repeat(9_000),
                            "a".repeat(20_000))))
                    .append("\r\n");
        }
        head.append("Content-Length: ").append(body.length()).append("\r\n\r\n");
        return new Request(
                method + " " + shortly(path) + " with " + shortly(body), head.toString(), body, !method.equals("HEAD"));
    }

    private static String shortly(String text) {
        return text.length() <= 300 ? text : text.substring(0, 300) + "… (" + text.length() + ")";
    }

    private String path(Route route) {
        String path = route.path();
        for (String parameter : route.parameters()) {
            String value = one(4) ? pick(ODD_NAMES) : one(200) ? "a".repeat(5_000) : pick(NAMES);
            path = path.replace("{" + parameter + "}", value);
        }
        if (one(50)) {
            path = path + pick(List.of("/", "//", "/x", "/..", ";a=b", "%2f", "#x", "\\"));
        }
        if (!one(3)) {
            return path;
        }
        StringBuilder query = new StringBuilder("?");
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            List<String> known = List.copyOf(route.form().queries().keySet());
            // A watch stays open; how watchers are treated is tested elsewhere.
            String name = known.isEmpty() || one(4)
                    ? pick(List.of("limit", "after", "label", "x", "", "%00", "limit%00"))
                    : pick(known);
            if (!name.equals("watch")) {
                query.append(name)
                        .append('=')
                        .append(pick(List.of(
                                "0",
                                "-1",
                                "1",
                                "10",
                                "99999999999999999999",
                                "1e3",
                                "abc",
                                "%ff",
                                "%00",
                                "a=b",
                                "a%3Db",
                                "",
                                "%zz",
                                "'",
                                "a,b=c,")))
                        .append('&');
            }
        }
        return path + query;
    }

    private String body() {
        if (one(2_000)) {
            return "{\"spec\":{\"image\":\"" + "x".repeat(LARGE) + "\"}}";
        }
        if (one(400)) {
            String open = pick(List.of("[", "{\"spec\":", "{\"a\":["));
            return open.repeat(DEEP);
        }
        String text = pick(BODIES);
        for (int i = random.nextInt(4); i > 0; i--) {
            text = spoiled(text);
        }
        String bytes = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return one(8) ? broken(bytes) : bytes;
    }

    private String spoiled(String text) {
        int field = text.indexOf("\":", random.nextInt(Math.max(1, text.length())));
        return switch (random.nextInt(7)) {
            case 0 ->
                field < 0
                        ? pick(VALUES)
                        : text.substring(0, field + 2) + value() + text.substring(end(text, field + 2));
            case 1 -> inserted(text, "{");
            case 2 -> inserted(text, "{\"spec\":{");
            case 3 -> text.substring(0, random.nextInt(text.length() + 1));
            case 4 -> text + pick(List.of("}", "{}", ",", "\u0000", " x", "\"", "[]"));
            case 5 -> "[" + text + "]";
            default -> text.replace("\"spec\":", "\"spec\":{},\"spec\":");
        };
    }

    /** One more field right after the first such beginning. */
    private String inserted(String text, String beginning) {
        int at = text.indexOf(beginning);
        return at < 0
                ? text
                : text.substring(0, at + beginning.length())
                        + "\"" + pick(FIELDS) + "\":" + value() + ","
                        + text.substring(at + beginning.length());
    }

    private String value() {
        return random.nextBoolean() ? pick(TEXTS) : pick(VALUES);
    }

    /** Where the value that begins here ends: at the next comma or bracket, roughly. */
    private static int end(String text, int from) {
        int at = from;
        while (at < text.length() && ",}]".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return at;
    }

    /** Some bytes are others: broken UTF-8, control characters, a byte order mark. */
    private String broken(String bytes) {
        List<String> bad = List.of("\u00ff", "\u00c3(", "\0", "\u001b", "\u00ef\u00bb\u00bf", "\u00ed\u00a0\u0080");
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < bytes.length(); i++) {
            if (one(20)) {
                out.append(pick(bad));
            }
            out.append(bytes.charAt(i));
        }
        return out.toString();
    }

    private boolean one(int in) {
        return random.nextInt(in) == 0;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}

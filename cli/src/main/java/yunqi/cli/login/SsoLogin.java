package yunqi.cli.login;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import yunqi.cli.api.Api;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.core.wire.Sso;
import yunqi.core.wire.Wire;

/**
 * Signs in at the cloud's OpenID provider: in a browser that comes back to a port of this machine (RFC 8252), or, where there is no browser, on another device (RFC 8628). Which
 * it is, and that the token is not shown, is all that is decided here; the server does the rest.
 */
public final class SsoLogin {
    private static final String CALLBACK = "/callback";
    private static final String BEGIN = "/v1/login/oidc";
    private static final String FINISH = "/v1/login/oidc/finish";
    private static final int SLOWER = 5; // seconds that RFC 8628 adds when asked too often
    private static final int QUERY_LIMIT = 16 << 10;

    private final Surroundings around;
    private final Api api;

    public SsoLogin(Surroundings around, Api api) {
        this.around = around;
        this.api = api;
    }

    /** The session as the server gives it. */
    public JsonNode session(boolean device) throws IOException, InterruptedException {
        if (device) {
            return onDevice();
        }
        if (browser().isEmpty()) {
            try {
                return onDevice();
            } catch (Trouble trouble) {
                if (!trouble.code().equals("no-device-grant")) {
                    throw trouble;
                }
            }
        }
        return inBrowser();
    }

    private JsonNode onDevice() throws InterruptedException {
        Sso.SsoBegun begun = begin(new Sso.SsoWish(Optional.empty(), Optional.of(true)));
        around.err()
                .println("open this on any device, and check that it shows the code "
                        + begun.userCode().orElse("") + ":");
        around.err().println("  " + shown(begun.url()));
        Duration pause = Duration.ofSeconds(begun.intervalSeconds().orElse(SLOWER));
        while (Instant.now().isBefore(begun.expires())) {
            Thread.sleep(pause); // the provider says how often it may be asked
            try {
                return finish(new Sso.SsoAnswer(begun.flow(), Optional.empty(), Optional.empty(), Optional.empty()));
            } catch (Trouble trouble) {
                switch (trouble.code()) {
                    case "authorization-pending" -> {}
                    case "slow-down" -> pause = pause.plusSeconds(SLOWER);
                    default -> throw trouble;
                }
            }
        }
        throw late();
    }

    private JsonNode inBrowser() throws IOException, InterruptedException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        try {
            String redirect = "http://127.0.0.1:" + server.getAddress().getPort() + CALLBACK;
            Sso.SsoBegun begun = begin(new Sso.SsoWish(Optional.of(redirect), Optional.of(false)));
            BlockingQueue<Map<String, String>> came = new ArrayBlockingQueue<>(1);
            server.createContext("/", exchange -> answer(exchange, begun.state().orElse(""), came));
            server.start();
            around.err().println("sign in in a browser on this machine:");
            around.err().println("  " + shown(begun.url()));
            browser().ifPresent(command -> open(command, begun.url()));
            long left = Duration.between(Instant.now(), begun.expires()).toMillis();
            Map<String, String> back = came.poll(Math.max(0, left), TimeUnit.MILLISECONDS);
            if (back == null) {
                throw late();
            }
            if (back.containsKey("error")) {
                throw Trouble.failed("the provider did not let you in: "
                        + back.getOrDefault("error", "").replaceAll("[^a-z_]", "?"));
            }
            return finish(new Sso.SsoAnswer(
                    begun.flow(),
                    Optional.ofNullable(back.get("code")),
                    Optional.ofNullable(back.get("state")),
                    Optional.ofNullable(back.get("iss"))));
        } finally {
            server.stop(0);
        }
    }

    /** Takes what the browser brings back, the first that has our state; whatever else comes to this port is sent away, and nothing of it is repeated. */
    private static void answer(HttpExchange exchange, String state, BlockingQueue<Map<String, String>> came)
            throws IOException {
        Map<String, String> back = query(exchange.getRequestURI());
        boolean ours = exchange.getRequestMethod().equals("GET")
                && exchange.getRequestURI().getPath().equals(CALLBACK)
                && MessageDigest.isEqual(
                        state.getBytes(StandardCharsets.UTF_8),
                        back.getOrDefault("state", "").getBytes(StandardCharsets.UTF_8));
        boolean first = ours && came.isEmpty(); // one request is answered at a time
        byte[] page = ("<!doctype html><meta charset=\"utf-8\"><title>Yunqi</title><p>"
                        + (first
                                ? "You may close this page; the command line goes on."
                                : "This is not the sign-in that is being waited for."))
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
        exchange.getResponseHeaders().add("Content-Security-Policy", "default-src 'none'");
        exchange.getResponseHeaders().add("Referrer-Policy", "no-referrer"); // the code stands in this page's address
        exchange.getResponseHeaders().add("Cache-Control", "no-store");
        try {
            exchange.sendResponseHeaders(first ? 200 : 400, page.length);
            exchange.getResponseBody().write(page);
        } finally {
            exchange.close();
            if (first) {
                came.add(back); // after the page: what follows ends this server
            }
        }
    }

    static Map<String, String> query(URI uri) {
        Map<String, String> pairs = new TreeMap<>();
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        if (query.length() > QUERY_LIMIT) {
            return pairs;
        }
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                try {
                    pairs.put(
                            pair.substring(0, equals),
                            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    return new TreeMap<>(); // no browser escapes like that
                }
            }
        }
        return pairs;
    }

    private Sso.SsoBegun begin(Sso.SsoWish wish) {
        return Wire.stored(api.post(BEGIN, Wire.tree(wish)).toString(), Sso.SsoBegun.class);
    }

    private JsonNode finish(Sso.SsoAnswer answer) {
        return api.post(FINISH, Wire.tree(answer));
    }

    /** What opens a browser here, if there is likely to be one: a machine that is reached by ssh has none that a person sees. */
    private Optional<List<String>> browser() {
        Optional<String> named = around.env("BROWSER").filter(word -> word.matches("[^:%\\s]+"));
        if (named.isPresent()) {
            return Optional.of(List.of(named.get()));
        }
        if (around.env("DISPLAY").isPresent() || around.env("WAYLAND_DISPLAY").isPresent()) {
            return Optional.of(List.of("xdg-open"));
        }
        boolean mac = System.getProperty("os.name", "").startsWith("Mac");
        return mac && around.env("SSH_CONNECTION").isEmpty() ? Optional.of(List.of("open")) : Optional.empty();
    }

    /** Its trouble is none of ours: the address is on the screen. */
    private void open(List<String> command, String url) {
        try {
            Process process = new ProcessBuilder(command.getFirst(), shown(url))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
        } catch (IOException e) {
            around.err().println("(no browser could be started: open the address yourself)");
        }
    }

    /** Only addresses of the web are shown and opened, whatever the provider says. */
    private static String shown(String url) {
        if (!url.matches("https?://[!-~]{1,8000}")) {
            throw Trouble.failed("the provider sends you to what is no address of the web");
        }
        return url;
    }

    private static Trouble late() {
        return Trouble.late("nobody signed in within the time for it; begin again");
    }
}

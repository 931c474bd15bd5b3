package yunqi.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Wire;

/**
 * An OpenID provider that does what a test says, also what none should. It takes any code as often as it comes, so that what is refused is refused by us. Keys are its own; a
 * code is {@code ACCOUNT.NONCE.CHALLENGE}.
 */
final class FakeProvider implements AutoCloseable {
    static final String SECRET = "the-client-secret-of-the-test";

    private final HttpServer server;
    private final Supplier<Instant> clock;
    private final List<String> calls = new ArrayList<>();
    final Map<String, List<String>> groups = new ConcurrentHashMap<>();
    final Map<String, String> names = new ConcurrentHashMap<>();
    volatile RSAKey key = newKey("first");
    volatile UnaryOperator<JWTClaimsSet.Builder> claims = UnaryOperator.identity();
    volatile UnaryOperator<ObjectNode> description = UnaryOperator.identity();
    volatile int status = 200;
    volatile String error = "";
    volatile boolean claimsInUserinfo;
    volatile String subjectOfUserinfo = "";
    volatile String lastToken = "";
    volatile boolean confidential;

    FakeProvider(Supplier<Instant> clock) throws IOException {
        this.clock = clock;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    static RSAKey newKey(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** How often this path was asked for. */
    synchronized long asked(String path) {
        return calls.stream().filter(path::equals).count();
    }

    /** What the browser of somebody brings back after it was at this address. */
    String code(String account, String url) {
        Map<String, String> query = form(URI.create(url).getRawQuery());
        return account + "." + query.getOrDefault("nonce", "") + "." + query.getOrDefault("code_challenge", "");
    }

    static Map<String, String> form(String text) {
        Map<String, String> pairs = new TreeMap<>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                pairs.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return pairs;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        synchronized (this) {
            calls.add(path);
        }
        if (status != 200) {
            send(exchange, status, "{}");
            return;
        }
        try {
            switch (path) {
                case "/.well-known/openid-configuration" ->
                    send(exchange, 200, description().toString());
                case "/keys" -> send(exchange, 200, new JWKSet(key.toPublicJWK()).toString());
                case "/token" -> token(exchange, form(body));
                case "/device" ->
                    send(
                            exchange,
                            200,
                            "{\"device_code\":\"device-1\",\"user_code\":\"ABCD-EFGH\",\"verification_uri\":\""
                                    + issuer() + "/go\",\"expires_in\":600,\"interval\":1}");
                case "/userinfo" -> userinfo(exchange);
                default -> send(exchange, 404, "{}");
            }
        } catch (JOSEException e) {
            throw new IOException(e);
        }
    }

    private ObjectNode description() {
        ObjectNode said = Wire.lenient().createObjectNode();
        said.put("issuer", issuer());
        said.put("authorization_endpoint", issuer() + "/authorize?with=more");
        said.put("token_endpoint", issuer() + "/token");
        said.put("jwks_uri", issuer() + "/keys");
        said.put("device_authorization_endpoint", issuer() + "/device");
        said.put("userinfo_endpoint", issuer() + "/userinfo");
        said.put("authorization_response_iss_parameter_supported", true);
        said.putArray("scopes_supported").add("openid").add("groups");
        return description.apply(said);
    }

    private void token(HttpExchange exchange, Map<String, String> form) throws IOException, JOSEException {
        String code = form.getOrDefault("code", form.getOrDefault("device_code", ""));
        boolean device = form.containsKey("device_code");
        String[] parts = (device ? "carol." + "." : code).split("\\.", -1);
        String basic =
                "Basic " + Base64.getEncoder().encodeToString(("cloud:" + SECRET).getBytes(StandardCharsets.UTF_8));
        if (!error.isEmpty()) {
            send(exchange, 400, "{\"error\":\"" + error + "\",\"error_description\":\"a secret " + SECRET + "\"}");
        } else if (confidential
                ? !basic.equals(exchange.getRequestHeaders().getFirst("Authorization"))
                : !"cloud".equals(form.get("client_id"))) {
            send(exchange, 401, "{\"error\":\"invalid_client\"}");
        } else if (!device && !challenge(form.getOrDefault("code_verifier", "")).equals(parts[2])) {
            send(exchange, 400, "{\"error\":\"invalid_grant\"}");
        } else {
            lastToken = idToken(parts[0], parts[1]);
            send(
                    exchange,
                    200,
                    "{\"token_type\":\"Bearer\",\"access_token\":\"access-" + parts[0] + "\",\"id_token\":\""
                            + lastToken + "\"}");
        }
    }

    private static String challenge(String verifier) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Digests.sha256().digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    }

    private String idToken(String account, String nonce) throws JOSEException {
        JWTClaimsSet.Builder all = new JWTClaimsSet.Builder()
                .issuer(issuer())
                .audience("cloud")
                .subject("sub-" + account)
                .issueTime(Date.from(clock.get()))
                .expirationTime(Date.from(clock.get().plusSeconds(300)));
        if (!nonce.isEmpty()) {
            all.claim("nonce", nonce);
        }
        if (!claimsInUserinfo) {
            all.claim("preferred_username", name(account)).claim("groups", groups(account));
        }
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
                claims.apply(all).build());
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private void userinfo(HttpExchange exchange) throws IOException {
        String account = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"))
                .replace("Bearer access-", "");
        ObjectNode info = Wire.lenient().createObjectNode();
        info.put("sub", subjectOfUserinfo.isEmpty() ? "sub-" + account : subjectOfUserinfo);
        info.put("preferred_username", name(account));
        groups(account).forEach(info.withArray("/groups")::add);
        send(exchange, 200, info.toString());
    }

    private String name(String account) {
        return names.getOrDefault(account, account);
    }

    private List<String> groups(String account) {
        return groups.getOrDefault(account, List.of());
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

package yunqi.server.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Wire;

/** What a provider says of itself (OpenID Connect Discovery 1.0), as far as we need it. */
record Discovery(
        URI authorization,
        URI token,
        URI keys,
        Optional<URI> device,
        Optional<URI> userinfo,
        boolean namesItself,
        boolean basic,
        List<String> scopes) {
    static URI address(String issuer) {
        return URI.create(issuer.replaceAll("/+$", "") + "/.well-known/openid-configuration");
    }

    /** Pure. Throws {@code REFUSED} if that is not what this issuer may say: it could be somebody else's description, and send people elsewhere. */
    static Discovery read(String issuer, String text) throws EngineException {
        JsonNode said = json(text);
        String name = said.path("issuer").asText();
        if (!name.equals(issuer)) {
            throw unfit("calls itself '" + shorten(name) + "', not '" + issuer + "'");
        }
        boolean secure = issuer.startsWith("https:");
        return new Discovery(
                there(said, "authorization_endpoint", secure),
                there(said, "token_endpoint", secure),
                there(said, "jwks_uri", secure),
                optional(said, "device_authorization_endpoint", secure),
                optional(said, "userinfo_endpoint", secure),
                said.path("authorization_response_iss_parameter_supported").asBoolean(false),
                // What is not said is basic; what is said and is not basic is by the form.
                !said.has("token_endpoint_auth_methods_supported")
                        || words(said.path("token_endpoint_auth_methods_supported"))
                                .contains("client_secret_basic"),
                words(said.path("scopes_supported")));
    }

    static JsonNode json(String text) throws EngineException {
        try {
            JsonNode node = Wire.lenient().readTree(text);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new EngineException(EngineException.Kind.REFUSED, "the provider answers with what is not JSON", e);
        }
        throw unfit("answers with what is no JSON object");
    }

    private static URI there(JsonNode said, String field, boolean secure) throws EngineException {
        return optional(said, field, secure).orElseThrow(() -> unfit("does not say its " + field));
    }

    private static Optional<URI> optional(JsonNode said, String field, boolean secure) throws EngineException {
        String text = said.path(field).asText("");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawFragment() == null
                    && ("https".equals(uri.getScheme()) || (!secure && "http".equals(uri.getScheme())))) {
                return Optional.of(uri);
            }
        } catch (IllegalArgumentException e) {
            throw new EngineException(
                    EngineException.Kind.REFUSED, "the provider's " + field + " is not an address", e);
        }
        throw unfit("has a " + field + " that is not an address with TLS");
    }

    private static List<String> words(JsonNode list) {
        List<String> words = new ArrayList<>();
        list.forEach(word -> words.add(word.asText()));
        return words;
    }

    private static String shorten(String text) {
        String printable = text.replaceAll("[^ -~]", "?");
        return printable.length() <= 200 ? printable : printable.substring(0, 200) + "…";
    }

    private static EngineException unfit(String what) {
        return new EngineException(EngineException.Kind.REFUSED, "the provider " + what);
    }
}

package yunqi.server.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Api;
import yunqi.core.wire.Sso;
import yunqi.core.wire.Wire;
import yunqi.server.access.Access;
import yunqi.server.access.Attempts;
import yunqi.server.http.Refused;
import yunqi.server.store.Row;

/**
 * Signing in through the provider: by authorization code with PKCE for a browser that comes back to the caller's own machine (RFC 8252), or by the device grant (RFC 8628). What must be remembered
 * between the two calls is carried by the caller, sealed: so whoever asks makes us keep nothing, and any server can finish what another began. Safe for use by
 * many threads.
 */
final class SignIns {
    /** Within this time the person must be done at the provider. */
    static final Duration LONGEST = Duration.ofMinutes(10);

    /** Calls from one address in five minutes: people behind one address, of whom each asks every five seconds whether his device is let in. */
    static final int CALLS = 1_000;

    private static final int SPENT_LIMIT = 100_000; // those finished within ten minutes; some megabytes
    private static final int RANDOM = 32;
    private static final int INTERVAL = 5; // seconds; RFC 8628, 3.2
    private static final int GROUPS = 1_000; // of one person
    private static final String PURPOSE = "oidc-flow";
    private static final List<String> USUAL_SCOPES = List.of("profile", "email", "groups");

    private final ProviderSettings settings;
    private final Access access;
    private final Clock clock;
    private final Seal seal;
    private final People people;
    private final Attempts attempts;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Instant> spent = new LinkedHashMap<>(); // by id of the flow; when it may be forgotten

    /** What is begun, as the caller carries it. {@code secret} is the code's verifier, or the device code. */
    record Flow(
            String id,
            Instant expires,
            String issuer,
            String clientId,
            Optional<String> redirect,
            Optional<String> state,
            Optional<String> nonce,
            String secret) {
        /** The secret stays out of logs. */
        @Override
        public String toString() {
            return "Flow[" + id + "]";
        }
    }

    SignIns(ProviderSettings settings, Access access, People people, Clock clock, Seal seal) {
        this.settings = settings;
        this.access = access;
        this.people = people;
        this.clock = clock;
        this.seal = seal;
        this.attempts = new Attempts(clock);
    }

    Sso.SsoBegun begin(Sso.SsoWish wish, String from) throws InterruptedException {
        attempts.begin("sso", from, CALLS);
        ProviderLine line = settings.line();
        try {
            return wish.device().orElse(false) ? device(line) : browser(line, redirect(wish));
        } catch (EngineException e) {
            throw away(e);
        }
    }

    /** Only to the caller's own machine: a code that went anywhere else would be somebody else's. */
    private static String redirect(Sso.SsoWish wish) {
        String redirect = wish.redirect().orElse("");
        if (!redirect.matches("http://(127\\.0\\.0\\.1|\\[::1]):[0-9]{1,5}/callback")) {
            throw new BadValue(
                    "redirect", "is not an address of your own machine: write it as http://127.0.0.1:PORT/callback");
        }
        return redirect;
    }

    private Sso.SsoBegun browser(ProviderLine line, String redirect) throws EngineException, InterruptedException {
        Discovery discovery = line.discovery();
        Flow flow = flow(line, LONGEST, Optional.of(redirect), random());
        Map<String, String> query = new LinkedHashMap<>();
        query.put("response_type", "code");
        query.put("client_id", flow.clientId());
        query.put("redirect_uri", redirect);
        query.put("scope", scope(line, discovery));
        query.put("state", flow.state().orElseThrow());
        query.put("nonce", flow.nonce().orElseThrow());
        query.put("code_challenge", challenge(flow.secret()));
        query.put("code_challenge_method", "S256");
        return new Sso.SsoBegun(
                seal.close(PURPOSE, Wire.write(flow)),
                with(discovery.authorization(), query),
                flow.issuer(),
                flow.state(),
                Optional.empty(),
                Optional.empty(),
                flow.expires());
    }

    private Sso.SsoBegun device(ProviderLine line) throws EngineException, InterruptedException {
        Discovery discovery = line.discovery();
        URI at = discovery
                .device()
                .orElseThrow(() -> Refused.conflict(
                        "no-device-grant",
                        "the provider lets nobody sign in by another device",
                        "sign in with a browser on this machine: yunqi login --sso"));
        ProviderLine.Said said = line.post(at, new TreeMap<>(Map.of("scope", scope(line, discovery))));
        if (!said.good()) {
            throw refused("it does not begin to sign in by another device", said.error());
        }
        String url = web(said.body().path("verification_uri_complete").asText(""))
                .or(() -> web(said.body().path("verification_uri").asText("")))
                .orElseThrow(() -> refused("it does not say where to go", ""));
        Duration longest = Duration.ofSeconds(
                Math.clamp(said.body().path("expires_in").asLong(LONGEST.toSeconds()), 1, LONGEST.toSeconds()));
        Flow flow = flow(
                line, longest, Optional.empty(), said.body().path("device_code").asText(""));
        return new Sso.SsoBegun(
                seal.close(PURPOSE, Wire.write(flow)),
                url,
                flow.issuer(),
                Optional.empty(),
                Optional.of(said.body().path("user_code").asText("").replaceAll("[^ -~]", "?")),
                Optional.of(Math.clamp(said.body().path("interval").asInt(INTERVAL), 1, 60)),
                flow.expires());
    }

    private static Optional<String> web(String text) {
        return Optional.of(text).filter(url -> url.matches("https?://[!-~]{1,2000}"));
    }

    private Flow flow(ProviderLine line, Duration longest, Optional<String> redirect, String secret) {
        return new Flow(
                random(),
                clock.now().plus(longest),
                line.kept().issuer(),
                line.kept().clientId(),
                redirect,
                redirect.map(_ -> random()),
                redirect.map(_ -> random()),
                secret);
    }

    /** A token, if what came back proves who came. */
    Api.NewToken finish(Sso.SsoAnswer answer, String from) throws InterruptedException {
        attempts.begin("sso", from, CALLS);
        Flow flow = seal.open(PURPOSE, answer.flow())
                .map(text -> Wire.stored(text, Flow.class))
                .orElseThrow(() -> mine("it was not begun here"));
        if (!flow.expires().isAfter(clock.now())) {
            throw mine("it took longer than it may");
        }
        ProviderLine line = settings.line();
        if (!line.kept().issuer().equals(flow.issuer())
                || !line.kept().clientId().equals(flow.clientId())) {
            throw mine("another provider was set up meanwhile");
        }
        try {
            People.Person person = flow.redirect().isPresent() ? browser(line, flow, answer) : device(line, flow);
            Row user = people.enter(person, line.kept());
            return access.tokens().session(user, Duration.ofMinutes(line.kept().sessionMinutes()));
        } catch (EngineException e) {
            throw away(e);
        }
    }

    private People.Person browser(ProviderLine line, Flow flow, Sso.SsoAnswer answer)
            throws EngineException, InterruptedException {
        if (!IdTokens.same(flow.state().orElseThrow(), answer.state().orElse(""))) {
            throw mine("the browser brought back what was not sent with it (state)");
        }
        Discovery discovery = line.discovery();
        if (discovery.namesItself()
                ? !answer.issuer().equals(Optional.of(flow.issuer()))
                : answer.issuer().filter(said -> !said.equals(flow.issuer())).isPresent()) {
            throw mine("the browser came from another provider (iss)");
        }
        String code = answer.code()
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> new BadValue("code", "is missing: it is what the browser brings back"));
        spend(flow);
        SortedMap<String, String> form = new TreeMap<>();
        form.put("grant_type", "authorization_code");
        form.put("code", code);
        form.put("redirect_uri", flow.redirect().orElseThrow());
        form.put("code_verifier", flow.secret());
        return person(line, flow, exchanged(line, form));
    }

    private People.Person device(ProviderLine line, Flow flow) throws EngineException, InterruptedException {
        SortedMap<String, String> form = new TreeMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        form.put("device_code", flow.secret());
        JsonNode tokens = exchanged(line, form);
        spend(flow); // only now: until then it is asked again and again
        return person(line, flow, tokens);
    }

    /** Once, whatever the provider thinks of codes that come twice. */
    private synchronized void spend(Flow flow) {
        Instant now = clock.now();
        spent.values().removeIf(until -> !until.isAfter(now));
        if (spent.containsKey(flow.id())) {
            throw mine("it was finished already");
        }
        if (spent.size() == SPENT_LIMIT) {
            throw Refused.later("busy", "too many are signing in at once", 60);
        }
        spent.put(flow.id(), flow.expires());
    }

    private static JsonNode exchanged(ProviderLine line, SortedMap<String, String> form)
            throws EngineException, InterruptedException {
        ProviderLine.Said said = line.post(line.discovery().token(), form);
        if (said.good()) {
            return said.body();
        }
        throw switch (said.error()) {
            case "authorization_pending", "slow_down" ->
                Refused.conflict(
                        said.error().replace('_', '-'),
                        "the person is not done at the provider yet",
                        "ask again later");
            case "invalid_grant" -> refused("it does not know the code, or not any more", said.error());
            case "invalid_client", "unauthorized_client" ->
                refused("it does not take this cloud's client id and secret", said.error());
            case "access_denied" -> refused("the person was not let in, or did not agree", said.error());
            case "expired_token" -> refused("it took longer than it may", said.error());
            default -> refused("it gives no token", said.error());
        };
    }

    private People.Person person(ProviderLine line, Flow flow, JsonNode tokens)
            throws EngineException, InterruptedException {
        Optional<String> accessToken =
                Optional.of(tokens.path("access_token").asText("")).filter(text -> !text.isEmpty());
        JsonNode claims = IdTokens.check(
                tokens.path("id_token").asText(""),
                new IdTokens.Expected(flow.issuer(), flow.clientId(), flow.nonce(), accessToken, clock.now()),
                line::keys);
        String subject = claims.path("sub").asText();
        JsonNode name = claim(claims, line.kept().usernameClaim());
        JsonNode groups = claim(claims, line.kept().groupsClaim());
        Optional<URI> more = line.discovery().userinfo();
        if ((name.isMissingNode() || groups.isMissingNode()) && more.isPresent() && accessToken.isPresent()) {
            JsonNode info = line.userinfo(more.get(), accessToken.get());
            if (!info.path("sub").asText("").equals(subject)) {
                throw refused("what it tells of the person is about somebody else (sub)", "");
            }
            name = name.isMissingNode() ? claim(info, line.kept().usernameClaim()) : name;
            groups = groups.isMissingNode() ? claim(info, line.kept().groupsClaim()) : groups;
        }
        return new People.Person(
                flow.issuer(), subject, Optional.of(name.asText("")).filter(text -> !text.isEmpty()), words(groups));
    }

    /** A claim by its name, or one inside others by their names with dots between. */
    private static JsonNode claim(JsonNode claims, String name) {
        JsonNode found = claims.path(name);
        if (found.isMissingNode()) {
            found = claims;
            for (String part : name.split("\\.", -1)) {
                found = found.path(part);
            }
        }
        return found;
    }

    private static Set<String> words(JsonNode groups) {
        Set<String> words = new TreeSet<>();
        if (groups.isTextual()) {
            words.add(groups.asText());
        }
        if (groups.size() > GROUPS) {
            throw refused("it says that you are in more than " + GROUPS + " groups", "");
        }
        if (groups.isArray()) {
            groups.forEach(group -> words.add(group.asText("")));
        }
        return words;
    }

    private static String scope(ProviderLine line, Discovery discovery) {
        Set<String> scopes = new TreeSet<>(line.kept().scopes());
        if (scopes.isEmpty()) {
            scopes.add("profile");
            USUAL_SCOPES.stream().filter(discovery.scopes()::contains).forEach(scopes::add);
        }
        scopes.remove("openid");
        return "openid" + (scopes.isEmpty() ? "" : " " + String.join(" ", scopes));
    }

    private String random() {
        byte[] bytes = new byte[RANDOM];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** RFC 7636, 4.2. */
    private static String challenge(String verifier) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(yunqi.core.wire.Digests.sha256().digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String with(URI at, Map<String, String> query) {
        StringBuilder text = new StringBuilder(at.toString());
        char join = at.getRawQuery() == null ? '?' : '&';
        for (Map.Entry<String, String> pair : query.entrySet()) {
            text.append(join)
                    .append(pair.getKey())
                    .append('=')
                    .append(URLEncoder.encode(pair.getValue(), StandardCharsets.UTF_8)
                            .replace("+", "%20"));
            join = '&';
        }
        return text.toString();
    }

    private static Refused mine(String why) {
        return new Refused(403, "sso-refused", "this sign-in is refused: " + why, "begin again: yunqi login --sso");
    }

    private static Refused refused(String why, String word) {
        return new Refused(
                403,
                "sso-refused",
                "the provider refused: " + why + (word.isEmpty() ? "" : " (" + word + ")"),
                "begin again: yunqi login --sso");
    }

    private static Refused away(EngineException e) {
        String words = String.valueOf(e.getMessage());
        return switch (e.kind()) {
            case BUSY, UNAVAILABLE, NO_CAPACITY -> Refused.later("provider-unavailable", words, 10);
            case REFUSED ->
                Refused.conflict("provider-unfit", words, "tell an operator: the provider does not do what is needed");
        };
    }
}

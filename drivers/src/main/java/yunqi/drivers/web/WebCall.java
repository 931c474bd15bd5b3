package yunqi.drivers.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import javax.net.ssl.SSLSocketFactory;
import yunqi.core.base.EngineException;

/**
 * Small questions to a web server: one request, one answer of bounded size within a bounded time. No redirect is followed, and only addresses are connected to that were looked
 * at before, as in {@link WebFetch}. Safe for use by many threads.
 */
public final class WebCall {
    /** For all of a call: a person waits for it. */
    public static final Duration LONGEST = Duration.ofSeconds(10);

    /** Bytes of an answer; the largest sets of keys known have 20,000. */
    public static final int LIMIT = 256 << 10;

    private final Reachable reachable;
    private final WebAnswer.Manner manner;

    /** What was answered. */
    public record Answer(int status, String text) {
        /** What is answered may be a secret. */
        @Override
        public String toString() {
            return "Answer[" + status + "]";
        }
    }

    /** {@code tls} says whom to trust; empty for the public authorities that this Java knows. */
    public WebCall(Reachable reachable, Optional<SSLSocketFactory> tls) {
        this(reachable, tls, LONGEST);
    }

    WebCall(Reachable reachable, Optional<SSLSocketFactory> tls, Duration longest) {
        this.reachable = reachable;
        this.manner = new WebAnswer.Manner(tls.orElse(WebAnswer.Manner.usual().tls()), Optional.of(longest));
    }

    /** {@code authorization} is the header of that name, or empty. Throws {@code REFUSED} or {@code UNAVAILABLE} if nothing usable is answered, whatever the status. */
    public Answer get(URI at, String authorization) throws EngineException {
        return send(at, request("GET", at, line(authorization), ""));
    }

    /** The same, sending a form. */
    public Answer post(URI at, String authorization, SortedMap<String, String> form) throws EngineException {
        StringBuilder body = new StringBuilder();
        for (Map.Entry<String, String> field : form.entrySet()) {
            body.append(body.isEmpty() ? "" : "&")
                    .append(URLEncoder.encode(field.getKey(), StandardCharsets.UTF_8))
                    .append('=')
                    .append(URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8));
        }
        return send(at, request("POST", at, line(authorization), body.toString()));
    }

    /** What goes into a header stays in it: some of it was made elsewhere. */
    private static String line(String text) throws EngineException {
        if (!text.matches("[ -~]*")) {
            throw new EngineException(EngineException.Kind.REFUSED, "what is to be sent is no line of a header");
        }
        return text;
    }

    /** Pure. */
    static String request(String method, URI at, String authorization, String body) {
        String path = at.getRawPath() == null || at.getRawPath().isEmpty() ? "/" : at.getRawPath();
        return method + " " + path + (at.getRawQuery() == null ? "" : "?" + at.getRawQuery()) + " HTTP/1.1\r\n"
                + "Host: " + at.getHost() + (at.getPort() < 0 ? "" : ":" + at.getPort()) + "\r\n"
                + "User-Agent: yunqi\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nConnection: close\r\n"
                + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n")
                + (method.equals("GET")
                        ? ""
                        : "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + body.length()
                                + "\r\n")
                + "\r\n" + body;
    }

    private Answer send(URI at, String request) throws EngineException {
        String host = at.getHost();
        try (WebAnswer answer = WebAnswer.ask(
                at, addresses(host.replaceAll("^\\[|]$", "")), request.getBytes(StandardCharsets.US_ASCII), manner)) {
            answer.encoded();
            byte[] bytes = answer.body().readNBytes(LIMIT + 1);
            if (bytes.length > LIMIT) {
                throw new EngineException(
                        EngineException.Kind.REFUSED, host + " answers with more than " + LIMIT + " bytes");
            }
            return new Answer(answer.status(), new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, host + " does not answer or broke off: " + e.getMessage(), e);
        }
    }

    private List<InetAddress> addresses(String host) throws EngineException {
        try {
            List<InetAddress> permitted = reachable.of(host);
            if (permitted.isEmpty()) {
                throw new EngineException(
                        EngineException.Kind.REFUSED, host + " is at an address that may not be called from here");
            }
            return permitted;
        } catch (UnknownHostException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "the name " + host + " is not known", e);
        }
    }
}

package yunqi.drivers.registry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import yunqi.core.base.EngineException;

/** What reading and pushing have in common: addresses, and what a registry's complaints mean. */
final class RegistryHttp {
    static final int COMPLAINT_LIMIT = 4_096; // bytes; more than anybody reads

    /** ENOSPC, as the registry passes it on: it has no status for that. */
    private static final Pattern NO_ROOM = Pattern.compile("\"Err\":28\\b|(?i:no space left)");

    private RegistryHttp() {}

    static URI at(URI base, String path) {
        String text = base.toString();
        return URI.create((text.endsWith("/") ? text : text + "/") + "v2/" + path);
    }

    static <T> HttpResponse<T> send(HttpClient client, HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws EngineException {
        try {
            return client.send(request, handler);
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    "the registry does not answer at " + request.uri() + " (" + e + ")",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "asking the registry was interrupted", e);
        }
    }

    static EngineException complaint(String doing, int status, byte[] body) {
        String said = new String(body, StandardCharsets.UTF_8).strip();
        boolean full = status == 507 || (status >= 500 && NO_ROOM.matcher(said).find());
        EngineException.Kind kind = switch (status) {
            case 408, 425, 429 -> EngineException.Kind.BUSY;
            default ->
                full
                        ? EngineException.Kind.NO_CAPACITY
                        : status >= 500 ? EngineException.Kind.UNAVAILABLE : EngineException.Kind.REFUSED;
        };
        return new EngineException(
                kind, "the registry answered " + doing + " with " + status + (said.isEmpty() ? "" : ": " + said));
    }
}

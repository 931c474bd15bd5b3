package yunqi.server.agents;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lets hosts read manifests and blobs, by digest only, from the registry, which itself is open to this machine alone. */
final class RegistryProxy {
    private static final Duration ANSWER = Duration.ofSeconds(30); // until the first byte, from a registry beside us
    private static final Pattern PATH =
            Pattern.compile("/v1/link/registry(/v2/[a-z0-9]+([._/-][a-z0-9]+)*/(manifests|blobs)/sha256:[0-9a-f]{64})");
    private static final String MANIFESTS = "application/vnd.oci.image.manifest.v1+json, "
            + "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json, "
            + "application/vnd.docker.distribution.manifest.list.v2+json";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI registry;

    RegistryProxy(URI registry) {
        this.registry = registry;
    }

    void get(Context context) throws IOException, InterruptedException {
        Matcher path = PATH.matcher(context.path());
        if (!path.matches()) {
            throw new LinkServer.Refusal(
                    404, "not-found", "only manifests and blobs can be read here, by digest: " + context.path());
        }
        HttpRequest request = HttpRequest.newBuilder(registry.resolve(path.group(1)))
                .timeout(ANSWER)
                .header("Accept", path.group(3).equals("manifests") ? MANIFESTS : "*/*")
                .build();
        HttpResponse<InputStream> response;
        try {
            response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new LinkServer.Refusal(503, "registry-unavailable", "the registry does not answer");
        }
        try (InputStream body = response.body()) {
            if (response.statusCode() == 404) {
                throw new LinkServer.Refusal(404, "not-found", "the registry has no " + path.group(1));
            }
            if (response.statusCode() != 200) {
                throw new LinkServer.Refusal(
                        503, "registry-unavailable", "the registry answers " + response.statusCode());
            }
            response.headers().firstValueAsLong("Content-Length").ifPresent(context.res()::setContentLengthLong);
            response.headers()
                    .firstValue("Content-Type")
                    .ifPresent(type -> context.res().setContentType(type));
            body.transferTo(context.res().getOutputStream());
        }
    }
}

package yunqi.drivers.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageSource;
import yunqi.core.wire.OciManifest;

/** Reads images from a registry by HTTP, directly or through the server's {@code /v2/}; who we are is the client's and the headers' affair. */
public final class HttpImageSource implements ImageSource {
    private static final Duration ANSWER_WITHIN =
            Duration.ofSeconds(30); // until the first byte; a blob takes as long as it takes

    private final URI base;
    private final HttpClient client;
    private final Map<String, String> headers;

    /** {@code base} is what stands before {@code /v2/}. The client should follow redirects: registries on object stores send them. */
    public HttpImageSource(URI base, HttpClient client, Map<String, String> headers) {
        this.base = base;
        this.client = client;
        this.headers = Map.copyOf(headers);
    }

    @Override
    public InputStream manifest(String repository, Digest digest) throws EngineException {
        return get(repository + "/manifests/" + digest, OciManifest.OCI + ", " + OciManifest.DOCKER);
    }

    @Override
    public InputStream blob(String repository, Digest digest) throws EngineException {
        return get(repository + "/blobs/" + digest, "*/*");
    }

    private InputStream get(String path, String accept) throws EngineException {
        HttpRequest.Builder request = HttpRequest.newBuilder(RegistryHttp.at(base, path))
                .timeout(ANSWER_WITHIN)
                .header("Accept", accept);
        headers.forEach(request::header);
        HttpResponse<InputStream> response =
                RegistryHttp.send(client, request.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() == 200) {
            return response.body();
        }
        try (InputStream body = response.body()) {
            throw RegistryHttp.complaint(
                    "GET " + path, response.statusCode(), body.readNBytes(RegistryHttp.COMPLAINT_LIMIT));
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "the registry broke off " + path + ": " + e.getMessage(), e);
        }
    }
}

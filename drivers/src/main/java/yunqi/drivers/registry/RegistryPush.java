package yunqi.drivers.registry;

import java.io.FileNotFoundException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.wire.OciImage;
import yunqi.core.wire.OciManifest;

/** Pushes an image into a registry by HTTP: the blobs that it lacks, then the manifest. May be repeated; a half-done push is invisible. */
public final class RegistryPush {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);
    private static final Duration UPLOAD_WITHIN = Duration.ofMinutes(60); // tens of gigabytes over a gigabit

    private final URI base;
    private final HttpClient client;
    private final Map<String, String> headers;

    /** {@code base} is what stands before {@code /v2/}. */
    public RegistryPush(URI base, HttpClient client, Map<String, String> headers) {
        this.base = base;
        this.client = client;
        this.headers = Map.copyOf(headers);
    }

    /** Pushes it under its digest and {@code tag}. {@code layers} has the file of each layer that the manifest names. */
    public void push(String repository, String tag, OciImage image, Map<Digest, Path> layers) throws EngineException {
        try {
            for (OciManifest.Descriptor layer : image.manifest().layers()) {
                Path file = layers.get(layer.digest());
                if (file == null) {
                    throw new IllegalArgumentException("no file for layer " + layer.digest());
                }
                blob(repository, layer.digest(), BodyPublishers.ofFile(file));
            }
        } catch (FileNotFoundException e) {
            throw new IllegalArgumentException("a layer's file is not there", e);
        }
        blob(repository, image.manifest().config().digest(), BodyPublishers.ofString(image.config()));
        byte[] manifest = image.manifest().bytes();
        for (String reference : Set.of(image.manifest().digest().value(), tag)) {
            HttpRequest.Builder put = request(repository + "/manifests/" + reference, ANSWER_WITHIN)
                    .header("Content-Type", image.manifest().mediaType())
                    .PUT(BodyPublishers.ofByteArray(manifest));
            expect("PUT of the manifest of " + repository, put, 201);
        }
    }

    private void blob(String repository, Digest digest, BodyPublisher bytes) throws EngineException {
        HttpRequest head = request(repository + "/blobs/" + digest, ANSWER_WITHIN)
                .method("HEAD", BodyPublishers.noBody())
                .build();
        if (RegistryHttp.send(client, head, BodyHandlers.discarding()).statusCode() == 200) {
            return;
        }
        HttpRequest.Builder post =
                request(repository + "/blobs/uploads/", ANSWER_WITHIN).POST(BodyPublishers.noBody());
        HttpResponse<byte[]> begun = expect("the begin of an upload to " + repository, post, 202);
        String location = begun.headers().firstValue("Location").orElse("");
        if (location.isEmpty()) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "the registry does not say where to upload to");
        }
        HttpRequest.Builder put = with(HttpRequest.newBuilder(target(location, digest))
                        .timeout(UPLOAD_WITHIN))
                .header("Content-Type", "application/octet-stream")
                .PUT(bytes);
        expect("the upload of " + digest + " to " + repository, put, 201);
    }

    /** Behind a proxy a registry may name itself; its path and query are what counts. */
    private URI target(String location, Digest digest) {
        URI named = base.resolve(location);
        String query = named.getRawQuery() == null ? "" : named.getRawQuery() + "&";
        return URI.create(base.getScheme() + "://" + base.getRawAuthority() + named.getRawPath() + "?" + query
                + "digest=" + digest.value().replace(":", "%3A"));
    }

    private HttpRequest.Builder request(String path, Duration within) {
        return with(HttpRequest.newBuilder(RegistryHttp.at(base, path)).timeout(within));
    }

    private HttpRequest.Builder with(HttpRequest.Builder request) {
        headers.forEach(request::header);
        return request;
    }

    private HttpResponse<byte[]> expect(String doing, HttpRequest.Builder request, int status) throws EngineException {
        HttpResponse<byte[]> response = RegistryHttp.send(client, request.build(), BodyHandlers.ofByteArray());
        if (response.statusCode() != status) {
            byte[] body = response.body();
            String text =
                    new String(body, 0, Math.min(body.length, RegistryHttp.COMPLAINT_LIMIT), StandardCharsets.UTF_8);
            throw RegistryHttp.complaint(doing, response.statusCode(), text.getBytes(StandardCharsets.UTF_8));
        }
        return response;
    }
}

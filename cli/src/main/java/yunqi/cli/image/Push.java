package yunqi.cli.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongConsumer;
import yunqi.cli.api.Api;
import yunqi.cli.api.Problem;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.core.base.Digest;
import yunqi.core.wire.OciManifest;
import yunqi.core.wire.Wire;

/** Puts blobs and manifests into the registry, as the OCI distribution specification says, through the server. */
final class Push {
    private static final Duration UPLOAD = Duration.ofMinutes(30); // a disk of some GiB over a slow line

    private final Api api;
    private final String repository;

    Push(Api api, String repository) {
        this.api = api;
        this.repository = repository;
    }

    /** Puts a file there, unless its blob is there already. */
    void file(Digest digest, Path file, LongConsumer soFar) throws IOException {
        if (there(digest)) {
            return;
        }
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.fromPublisher(
                HttpRequest.BodyPublishers.ofInputStream(() -> open(file, soFar)), Math.max(1, Files.size(file)));
        put(upload(digest), "application/octet-stream", body, digest.toString());
    }

    private static InputStream open(Path file, LongConsumer soFar) {
        try {
            return Files256.counted(file, soFar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void bytes(Digest digest, byte[] bytes) {
        if (!there(digest)) {
            put(
                    upload(digest),
                    "application/octet-stream",
                    HttpRequest.BodyPublishers.ofByteArray(bytes),
                    digest.toString());
        }
    }

    /** Puts the manifest there, under its digest and a tag. */
    void manifest(OciManifest manifest, String tag) {
        put(
                path("/manifests/" + tag),
                manifest.mediaType(),
                HttpRequest.BodyPublishers.ofByteArray(manifest.bytes()),
                "manifest " + manifest.digest());
    }

    private boolean there(Digest digest) {
        HttpRequest head = api.request(path("/blobs/" + digest))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .timeout(UPLOAD)
                .build();
        return api.send(head, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    }

    /** Where this blob may be sent. Only path and query are taken: the registry may call itself by a name that only the server knows. */
    private String upload(Digest digest) {
        HttpRequest post = api.request(path("/blobs/uploads/"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .timeout(UPLOAD)
                .build();
        HttpResponse<byte[]> answer = api.send(post, HttpResponse.BodyHandlers.ofByteArray());
        String location = answer.headers().firstValue("Location").orElse("");
        if (answer.statusCode() / 100 != 2 || location.isEmpty()) {
            throw refused("a blob", answer);
        }
        URI at = URI.create(location);
        String query = at.getRawQuery();
        return at.getRawPath() + "?" + (query == null ? "" : query + "&") + "digest=" + Api.segment(digest.toString());
    }

    private void put(String path, String type, HttpRequest.BodyPublisher body, String what) {
        HttpRequest put = api.request(path)
                .header("Content-Type", type)
                .PUT(body)
                .timeout(UPLOAD)
                .build();
        HttpResponse<byte[]> answer = api.send(put, HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() / 100 != 2) {
            throw refused(what, answer);
        }
    }

    private static Trouble refused(String what, HttpResponse<byte[]> answer) {
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        String words;
        try {
            JsonNode tree = Wire.lenient().readTree(text);
            String message = tree.at("/errors/0/message").asText("");
            words = message.isEmpty() ? Problem.words(answer.statusCode(), tree) : message;
        } catch (IOException e) {
            words = "status " + answer.statusCode() + " " + Surroundings.line(text);
        }
        return Trouble.failed("the registry does not take " + what + ": " + words);
    }

    private String path(String rest) {
        return "/v2/" + repository + rest;
    }
}

package yunqi.cli.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import yunqi.cli.api.Api;
import yunqi.cli.api.Json;
import yunqi.cli.api.Problem;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Progress;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.Name;
import yunqi.core.image.ImportSpec;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;

/**
 * Imports an image: has the server fetch it, or sends a file in parts. What broke off is gone on with, at once or by calling again: the server keeps what it
 * has.
 */
public final class ImageImport {
    private static final long PART = 8L << 20; // lost when a line breaks; a second's worth of a slow one
    private static final Duration PART_TIME = Duration.ofMinutes(5);
    private static final Duration LOOK = Duration.ofMillis(300);
    private static final int TRIES = 5; // in a row without a byte getting through
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Api api;
    private final Progress progress;
    private final String path;
    private final Name name;

    public ImageImport(Api api, Progress progress, String project, Name name) {
        this.api = api;
        this.progress = progress;
        this.name = name;
        this.path = Kind.IMAGE.path(project) + "/" + name;
    }

    /** The digest of a file that is to be sent; {@link Trouble} if it is not the one that is expected. */
    public static Digest digest(Path file, Optional<Digest> expected, Progress progress) {
        try {
            long size = Files.size(file);
            progress.say("reading " + file);
            Digest digest = Files256.digest(file, read -> progress.bar("reading " + file, read, size));
            if (expected.isPresent() && !expected.get().equals(digest)) {
                throw Trouble.failed(file + " has digest " + digest + ", not " + expected.get()
                        + "\n  it is damaged, or another file than you expect; nothing was sent");
            }
            return digest;
        } catch (IOException e) {
            throw Trouble.failed(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    /** Imports; what the API says of the image afterwards. {@code file} is what is sent where the server does not fetch. */
    public JsonNode run(ImportSpec spec, Optional<Path> file) throws InterruptedException {
        JsonNode status = begin(spec);
        if (file.isPresent()) {
            status = send(file.get(), spec.size().orElseThrow(), status);
        }
        while (!over(status)) {
            show(status);
            Thread.sleep(LOOK);
            status = api.get(path + "/import");
        }
        if (state(status).equals("failed")) {
            throw Trouble.failed("image " + name + " is not imported: "
                    + status.path("message").asText());
        }
        return api.get(path);
    }

    private JsonNode begin(ImportSpec spec) {
        ObjectNode body = Json.object();
        body.set("spec", Wire.tree(spec));
        return api.post(path + "/import", body);
    }

    private JsonNode send(Path file, Bytes size, JsonNode first) throws InterruptedException {
        JsonNode status = first;
        int failures = 0;
        while (!over(status) && received(status) < size.count()) {
            long offset = received(status);
            try {
                status = part(file, offset, size);
                failures = 0;
            } catch (Trouble broken) {
                failures++;
                if (failures == TRIES) {
                    throw broken.and("the same command goes on where this ended");
                }
                progress.say("sending " + file + " broke off; it is gone on with");
                Thread.sleep(PAUSE.multipliedBy(failures));
                status = again(status);
            }
        }
        return status;
    }

    /** How much the server has by now; what was known before if it does not answer. */
    private JsonNode again(JsonNode known) {
        try {
            return api.get(path + "/import");
        } catch (Trouble away) {
            return known;
        }
    }

    private JsonNode part(Path file, long offset, Bytes size) {
        long length = Math.min(PART, size.count() - offset);
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.fromPublisher(
                HttpRequest.BodyPublishers.ofInputStream(() -> open(
                        file, offset, length, sent -> progress.bar("sending " + file, offset + sent, size.count()))),
                length);
        HttpRequest put = api.request(path + "/import/file?offset=" + offset)
                .header("Content-Type", "application/octet-stream")
                .PUT(body)
                .timeout(PART_TIME)
                .build();
        HttpResponse<byte[]> answer = api.send(put, HttpResponse.BodyHandlers.ofByteArray());
        JsonNode said = read(answer);
        if (answer.statusCode() / 100 != 2) {
            throw Trouble.failed(Problem.words(answer.statusCode(), said));
        }
        return said;
    }

    private static JsonNode read(HttpResponse<byte[]> answer) {
        try {
            return Wire.lenient().readTree(answer.body());
        } catch (IOException e) {
            throw Trouble.failed("the server answered with status " + answer.statusCode() + " and no JSON");
        }
    }

    private static InputStream open(Path file, long offset, long length, java.util.function.LongConsumer soFar) {
        try {
            FileChannel channel = FileChannel.open(file).position(offset);
            return Files256.counted(Channels.newInputStream(channel), length, soFar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void show(JsonNode status) {
        String text = "image " + name + " " + status.path("message").asText();
        long size = status.path("size").isTextual()
                ? Bytes.parse(status.path("size").asText()).count()
                : 0;
        if (state(status).equals("fetching") && size > 0) {
            progress.bar(text, received(status), size);
        } else if (state(status).equals("fetching") && received(status) > 0) {
            progress.say(text + ", " + received(status) / (1 << 20) + " MiB so far");
        } else {
            progress.say(text);
        }
    }

    private static long received(JsonNode status) {
        return Bytes.parse(status.path("received").asText("0")).count();
    }

    private static String state(JsonNode status) {
        return status.path("state").asText();
    }

    private static boolean over(JsonNode status) {
        return state(status).equals("done") || state(status).equals("failed");
    }
}

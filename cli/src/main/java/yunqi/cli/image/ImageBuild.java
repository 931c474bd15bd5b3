package yunqi.cli.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import yunqi.cli.api.Api;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Progress;
import yunqi.core.base.Digest;
import yunqi.core.image.ImageType;
import yunqi.core.wire.ImageRecipe;
import yunqi.core.wire.Kind;
import yunqi.core.wire.OciImage;
import yunqi.core.wire.Wire;

/** Builds an image from its recipe ({@code images/NAME/build OUT}), pushes it to the registry, and declares it. */
public final class ImageBuild {
    private static final String TAG = "latest";
    private static final int LOG_LINES = 15; // of a recipe that failed; enough to see why

    private final Surroundings around;
    private final Api api;
    private final Progress progress;

    public ImageBuild(Surroundings around, Api api, Progress progress) {
        this.around = around;
        this.api = api;
        this.progress = progress;
    }

    /** Builds and pushes; what the API says of the image afterwards. */
    public JsonNode run(String name, Path recipe, String project) throws InterruptedException {
        try {
            Path work = Files.createTempDirectory("yunqi-image-");
            try {
                Path out = Files.createDirectory(work.resolve("out"));
                build(name, recipe, work, out);
                return push(name, out, work, project);
            } finally {
                remove(work);
            }
        } catch (IOException e) {
            throw Trouble.failed(
                    "image " + name + ": " + e + "\n  is there room in the folder for temporary files (TMPDIR)?");
        }
    }

    /** Pushes what a recipe has made before, from the folder that it was given as {@code OUT}. */
    public JsonNode push(String name, Path built, String project) {
        try {
            Path work = Files.createTempDirectory("yunqi-image-");
            try {
                return push(name, built, work, project);
            } finally {
                remove(work);
            }
        } catch (IOException e) {
            throw Trouble.failed(
                    "image " + name + ": " + e + "\n  is " + built + " a folder that a recipe's 'build' has filled?");
        }
    }

    private void build(String name, Path recipe, Path work, Path out) throws IOException, InterruptedException {
        Path log = work.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(
                        recipe.resolve("build").toAbsolutePath().toString(), out.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        Process process = builder.start();
        while (!process.waitFor(200, java.util.concurrent.TimeUnit.MILLISECONDS)) {
            progress.say("building image " + name + lastLine(log));
        }
        if (process.exitValue() != 0) {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            throw Trouble.failed("image " + name + " cannot be built; its recipe says:\n  "
                    + String.join("\n  ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())));
        }
    }

    private static String lastLine(Path log) throws IOException {
        List<String> lines = Files.exists(log) ? Files.readString(log).lines().toList() : List.of();
        return lines.isEmpty() ? "" : ": " + Surroundings.line(lines.getLast());
    }

    private JsonNode push(String name, Path out, Path work, String project) throws IOException {
        ImageRecipe recipe = ImageRecipe.read(Files.readString(out.resolve("image.json")));
        Map<Digest, Path> files = new LinkedHashMap<>();
        OciImage image = recipe.type() == ImageType.VM ? vm(recipe, out, files) : container(recipe, out, work, files);
        String repository = project + "/" + name;
        Push push = new Push(api, repository);
        long all = 0;
        for (Path file : files.values()) {
            all += Files.size(file);
        }
        long before = 0;
        for (Map.Entry<Digest, Path> file : files.entrySet()) {
            long start = before;
            long whole = all;
            push.file(
                    file.getKey(), file.getValue(), sent -> progress.bar("pushing image " + name, start + sent, whole));
            before += Files.size(file.getValue());
        }
        byte[] config = image.config().getBytes(StandardCharsets.UTF_8);
        push.bytes(image.manifest().config().digest(), config);
        push.manifest(image.manifest(), TAG);
        ObjectNode body = Json.object();
        body.putObject("labels");
        body.set("spec", Wire.tree(image.spec(recipe, repository)));
        return api.put(Kind.IMAGE.path(project) + "/" + name, body, Map.of()).body();
    }

    private OciImage vm(ImageRecipe recipe, Path out, Map<Digest, Path> files) throws IOException {
        return OciImage.vm(
                recipe,
                add(out.resolve("disk.qcow2"), files),
                optional(out.resolve("kernel"), files),
                optional(out.resolve("initrd"), files));
    }

    private OciImage container(ImageRecipe recipe, Path out, Path work, Map<Digest, Path> files) throws IOException {
        Path tar = out.resolve("layer.tar");
        Path packed = work.resolve("layer.tar.gz");
        progress.say("packing");
        Files256.gzip(tar, packed);
        return OciImage.container(recipe, add(packed, files), Files256.digest(tar));
    }

    private static Optional<OciImage.Blob> optional(Path file, Map<Digest, Path> files) throws IOException {
        return Files.exists(file) ? Optional.of(add(file, files)) : Optional.empty();
    }

    private static OciImage.Blob add(Path file, Map<Digest, Path> files) throws IOException {
        OciImage.Blob blob = Files256.blob(file);
        files.put(blob.digest(), file);
        return blob;
    }

    /** Removes what was built; what cannot be removed is left to the next cleaning of temporary files. */
    private void remove(Path folder) {
        List<Path> left = new ArrayList<>();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(
                        Path visited, java.io.@org.jspecify.annotations.Nullable IOException fault) throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            left.add(folder);
        }
        left.forEach(folderLeft -> around.err().println("yunqi: " + folderLeft + " could not be removed"));
    }
}

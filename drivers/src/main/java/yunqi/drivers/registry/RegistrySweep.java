package yunqi.drivers.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Bytes;
import yunqi.core.base.Clock;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageShelf;
import yunqi.core.wire.OciManifest;

/**
 * Frees room in our own registry while it works on. Its own collector wants that nobody pushes meanwhile; this one bears it: a blob that nothing needs is first put
 * aside, where the registry no longer finds it and so takes no manifest that names it. If such a manifest got in just before, the next sweep
 * puts the blob back; else it removes it.
 */
public final class RegistrySweep implements ImageShelf {
    private static final Logger LOG = LoggerFactory.getLogger(RegistrySweep.class);
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);

    private final RegistryFiles files;
    private final Path aside;
    private final URI base;
    private final HttpClient client;
    private final Clock clock;

    /** {@code root} is the state root that {@link RegistryEngine#daemons} was given, {@code base} what stands before {@code /v2/}. */
    public RegistrySweep(Path root, URI base, HttpClient client, Clock clock) {
        this.files = RegistryFiles.of(root);
        this.aside = root.resolve("server/registry/aside");
        this.base = base;
        this.client = client;
        this.clock = clock;
    }

    /** A manifest that is kept in a repository, since when. */
    private record Kept(String repository, Digest digest, Instant since) {
        Held held() {
            return new Held(repository, digest);
        }
    }

    @Override
    public synchronized Bytes collect(Supplier<Set<Held>> held, Duration grace) throws EngineException {
        try {
            Instant old = clock.now().minus(grace);
            finish();
            removeManifests(held, old);
            return putAside(old);
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot free room in the registry: " + e.getMessage(), e);
        }
    }

    /** Decides about what the last sweep put aside. */
    private void finish() throws IOException {
        if (!Files.isDirectory(aside)) {
            return;
        }
        Set<Digest> needed = needed(manifests());
        for (Path folder : entries(aside)) {
            Digest digest = new Digest("sha256:" + folder.getFileName());
            Path place = files.folder(digest);
            if (needed.contains(digest) && !Files.exists(place)) {
                Files.createDirectories(files.blobs().resolve(digest.hex().substring(0, 2)));
                Files.move(folder, place, StandardCopyOption.ATOMIC_MOVE);
                LOG.info("{} is needed again", digest);
            } else {
                if (!Files.exists(place)) {
                    forgetLayer(digest);
                }
                Files.deleteIfExists(folder.resolve("data"));
                Files.deleteIfExists(folder);
            }
        }
    }

    private void removeManifests(Supplier<Set<Held>> held, Instant old) throws IOException, EngineException {
        Set<Held> before = held.get();
        List<Kept> removed = new ArrayList<>();
        List<byte[]> bytes = new ArrayList<>();
        for (Kept kept : manifests()) {
            if (!before.contains(kept.held()) && kept.since().isBefore(old)) {
                bytes.add(Files.readAllBytes(files.blob(kept.digest())));
                removed.add(kept);
                delete(kept);
                LOG.info("nothing is made from {}@{} any more: it is removed", kept.repository(), kept.digest());
            }
        }
        if (removed.isEmpty()) {
            return;
        }
        Set<Held> after = held.get(); // what was declared while we looked
        for (int i = 0; i < removed.size(); i++) {
            if (after.contains(removed.get(i).held())) {
                restore(removed.get(i), bytes.get(i));
            }
        }
    }

    private void delete(Kept kept) throws EngineException {
        HttpRequest request = HttpRequest.newBuilder(
                        RegistryHttp.at(base, kept.repository() + "/manifests/" + kept.digest()))
                .timeout(ANSWER_WITHIN)
                .DELETE()
                .build();
        var answer = RegistryHttp.send(client, request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 202 && answer.statusCode() != 404) {
            throw RegistryHttp.complaint("DELETE of " + kept.digest(), answer.statusCode(), answer.body());
        }
    }

    private void restore(Kept kept, byte[] bytes) throws EngineException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        String type = text.contains(OciManifest.DOCKER) ? OciManifest.DOCKER : OciManifest.OCI;
        HttpRequest request = HttpRequest.newBuilder(
                        RegistryHttp.at(base, kept.repository() + "/manifests/" + kept.digest()))
                .timeout(ANSWER_WITHIN)
                .header("Content-Type", type)
                .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
        var answer = RegistryHttp.send(client, request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 201) {
            throw RegistryHttp.complaint("PUT of " + kept.digest(), answer.statusCode(), answer.body());
        }
    }

    private Bytes putAside(Instant old) throws IOException {
        Set<Digest> needed = needed(manifests());
        long freed = 0;
        Files.createDirectories(aside);
        for (Path prefix : entries(files.blobs())) {
            for (Path folder : entries(prefix)) {
                Digest digest = new Digest("sha256:" + folder.getFileName());
                Path data = folder.resolve("data");
                if (!needed.contains(digest)
                        && Files.exists(data)
                        && modified(data).isBefore(old)) {
                    freed += Files.size(data);
                    Files.move(folder, aside.resolve(digest.hex()), StandardCopyOption.ATOMIC_MOVE);
                }
            }
        }
        return new Bytes(freed);
    }

    /** Repositories have links to the layers that they may be asked for. */
    private void forgetLayer(Digest digest) throws IOException {
        for (Path repository : repositories()) {
            Path link = repository.resolve("_layers/sha256").resolve(digest.hex());
            if (Files.exists(link)) {
                Files.deleteIfExists(link.resolve("link"));
                Files.deleteIfExists(link);
            }
        }
    }

    /** Every digest that these manifests name, and their own. More than is needed does no harm, so the words are not understood. */
    private Set<Digest> needed(List<Kept> manifests) throws IOException {
        Set<Digest> needed = new HashSet<>();
        for (Kept kept : manifests) {
            needed.add(kept.digest());
            try (InputStream in = Files.newInputStream(files.blob(kept.digest()))) {
                Matcher found =
                        DIGEST.matcher(new String(in.readNBytes(OciManifest.SIZE_LIMIT), StandardCharsets.ISO_8859_1));
                while (found.find()) {
                    needed.add(new Digest(found.group()));
                }
            } catch (NoSuchFileException e) {
                LOG.warn("{}@{} has no manifest behind it", kept.repository(), kept.digest());
            }
        }
        return needed;
    }

    private List<Kept> manifests() throws IOException {
        List<Kept> all = new ArrayList<>();
        for (Path repository : repositories()) {
            String name = files.repositories().relativize(repository).toString();
            for (Path revision : entries(repository.resolve("_manifests/revisions/sha256"))) {
                Path link = revision.resolve("link"); // it is gone where the manifest was deleted
                if (Files.exists(link)) {
                    all.add(new Kept(name, new Digest("sha256:" + revision.getFileName()), modified(link)));
                }
            }
        }
        return all;
    }

    private List<Path> repositories() throws IOException {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(files.repositories())) {
            return found;
        }
        Files.walkFileTree(files.repositories(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                if (Files.isDirectory(folder.resolve("_manifests")) || Files.isDirectory(folder.resolve("_layers"))) {
                    found.add(folder);
                }
                return String.valueOf(folder.getFileName()).startsWith("_")
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    private static List<Path> entries(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }

    private static Instant modified(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toInstant();
    }
}

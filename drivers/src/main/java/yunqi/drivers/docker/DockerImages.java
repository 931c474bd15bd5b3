package yunqi.drivers.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.LoadImageCallback;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.model.Image;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageSource;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;

/**
 * Container images in our own Docker Engine. Dockerd never speaks to a registry, so it needs no trust in one: an image is read through an
 * {@link ImageSource}, verified blob by blob into an archive, and loaded from there under a tag that is the digest of its manifest. Layers that the
 * engine has already are not fetched again.
 */
public final class DockerImages implements ImageDriver, AutoCloseable {
    /** The repository of all images here; the tag is the digest. */
    static final String REPOSITORY = "yunqi/image";

    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(10); // unpacking gigabytes on a slow disk
    private static final Duration FORGOTTEN = Duration.ofHours(6);
    private static final Logger LOG = LoggerFactory.getLogger(DockerImages.class);
    private static final int REFUSED = 400;
    private static final int CONFLICT = 409;
    private static final int LOCKS = 16; // more images than that are rarely fetched at once; two may share a lock

    private final DockerConnection docker;
    private final ImageSource source;
    private final Path folder;
    private final List<ReentrantLock> locks =
            IntStream.range(0, LOCKS).mapToObj(_ -> new ReentrantLock()).toList();

    /** {@code root} is the state root that {@link DockerEngine#daemons} was given. There is one of these for a root at a time. */
    public DockerImages(Path root, ImageSource source) {
        this.docker = new DockerConnection(DockerEngine.socket(root), ANSWER_WITHIN);
        this.source = source;
        this.folder = DockerEngine.home(root).resolve("incoming");
    }

    @Override
    public ImageType type() {
        return ImageType.CONTAINER;
    }

    @Override
    public LocalImage ensure(ImagePlan image) throws EngineException {
        ReentrantLock lock = locks.get(Math.floorMod(image.digest().hashCode(), LOCKS));
        lock.lock();
        try {
            Optional<LocalImage> here = find(image.digest());
            if (here.isEmpty()) {
                fetch(image);
                here = find(image.digest());
            }
            return here.orElseThrow(() -> new EngineException(
                    EngineException.Kind.BUSY, "image " + image.digest() + " was removed while it was loaded"));
        } finally {
            lock.unlock();
        }
    }

    private static String tag(Digest digest) {
        return REPOSITORY + ":" + digest.hex();
    }

    /** A tag is given last by the engine, so what has one is complete. */
    private Optional<LocalImage> find(Digest digest) throws EngineException {
        return docker.find(
                        "looking for image " + digest,
                        c -> c.inspectImageCmd(tag(digest)).exec())
                .flatMap(found -> Optional.ofNullable(found.getId()))
                .map(id -> new LocalImage(digest, ImageType.CONTAINER, id));
    }

    private void fetch(ImagePlan image) throws EngineException {
        Path file = folder.resolve(image.digest().hex() + ".tar");
        try {
            Files.createDirectories(folder);
            deleteForgotten();
            boolean whole = ImageArchive.fetch(source, image, tag(image.digest()), layersHere(), file);
            load(image.digest(), file, whole);
        } catch (IOException e) {
            throw ImageArchive.diskTrouble("fetching image " + image.digest(), e);
        } finally {
            delete(file);
        }
    }

    /** What a killed agent left. What is being fetched grows, so it is never this old. */
    private void deleteForgotten() throws IOException, EngineException {
        Instant old = Instant.now().minus(FORGOTTEN);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
                    delete(file);
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("fetched and deleted by another thread meanwhile", e);
        }
    }

    private void load(Digest digest, Path file, boolean whole) throws IOException, EngineException {
        try (InputStream archive = Files.newInputStream(file)) {
            docker.once("loading image " + digest, c -> load(c, archive));
        } catch (DockerClientException e) {
            // The engine says so in the course of an answer that began well. A layer that was left out may be gone by
            // now.
            int status = whole ? REFUSED : CONFLICT;
            throw DockerConnection.complaint("loading image " + digest, status, String.valueOf(e.getMessage()), e);
        }
    }

    private static boolean load(DockerClient client, InputStream archive) {
        client.loadImageAsyncCmd(archive).exec(new LoadImageCallback()).awaitMessage();
        return true;
    }

    private static void delete(Path file) throws EngineException {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "cannot delete " + file, e);
        }
    }

    /** Every run of layers, from the lowest on, that the engine has: it keeps a layer by its own digest and all those below. */
    private Set<List<String>> layersHere() throws EngineException {
        Set<List<String>> here = new HashSet<>();
        for (LocalImage image : list()) {
            List<String> layers = docker.find(
                            "looking at image " + image.digest(),
                            c -> c.inspectImageCmd(image.location()).exec())
                    .flatMap(found -> Optional.ofNullable(found.getRootFS()))
                    .flatMap(files -> Optional.ofNullable(files.getLayers()))
                    .orElse(List.of());
            IntStream.rangeClosed(1, layers.size()).forEach(n -> here.add(List.copyOf(layers.subList(0, n))));
        }
        return here;
    }

    @Override
    public List<LocalImage> list() throws EngineException {
        List<Image> all = docker.call(
                "listing images",
                c -> c.listImagesCmd().withReferenceFilter(REPOSITORY).exec());
        List<LocalImage> found = new ArrayList<>();
        for (Image image : all) {
            Stream.ofNullable(image.getRepoTags())
                    .flatMap(Arrays::stream)
                    .filter(tag -> tag.matches(REPOSITORY + ":[0-9a-f]{64}"))
                    .map(tag -> new Digest("sha256:" + tag.substring(REPOSITORY.length() + 1)))
                    .forEach(digest -> found.add(new LocalImage(digest, ImageType.CONTAINER, image.getId())));
        }
        return found;
    }

    @Override
    public void remove(Digest digest) throws EngineException {
        boolean used = !docker.call(
                        "looking for users of image " + digest,
                        c -> c.listContainersCmd()
                                .withShowAll(true)
                                .withLabelFilter(List.of(ContainerRequest.IMAGE + "=" + digest))
                                .exec())
                .isEmpty();
        if (used) {
            throw new EngineException(EngineException.Kind.BUSY, "an instance uses image " + digest);
        }
        docker.find("removing image " + digest, c -> remove(c, tag(digest)));
    }

    private static boolean remove(DockerClient client, String tag) {
        client.removeImageCmd(tag).exec();
        return true;
    }

    @Override
    public void close() throws IOException {
        docker.close();
    }
}

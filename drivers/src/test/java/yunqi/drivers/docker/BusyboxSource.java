package yunqi.drivers.docker;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageSource;
import yunqi.core.image.ImageType;
import yunqi.core.wire.Digests;
import yunqi.core.wire.ImageRecipe;
import yunqi.core.wire.OciImage;
import yunqi.drivers.process.Command;

/** The image {@code busybox}, built by its recipe, in a registry that is only memory. It counts what is read, and can be told to give wrong bytes. */
final class BusyboxSource implements ImageSource {
    private static final Duration BUILD_WITHIN = Duration.ofSeconds(60);

    private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<Digest, AtomicInteger> reads = new ConcurrentHashMap<>();
    private final ImagePlan good;
    private final Digest layer;

    BusyboxSource() throws Exception {
        Path out = Files.createTempDirectory("yq-busybox");
        Path home = Path.of(System.getProperty("yunqi.home", ".."));
        Command.must(BUILD_WITHIN, List.of(home.resolve("images/busybox/build").toString(), out.toString()));
        byte[] tar = Files.readAllBytes(out.resolve("layer.tar"));
        ImageRecipe recipe = ImageRecipe.read(Files.readString(out.resolve("image.json")));
        Command.must(BUILD_WITHIN, List.of("rm", "-r", out.toString()));
        byte[] packed = packed(tar);
        layer = put(packed);
        good = put(OciImage.container(recipe, new OciImage.Blob(layer, packed.length), digest(tar)));
    }

    private static byte[] packed(byte[] tar) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(packed)) {
            zip.write(tar);
        }
        return packed.toByteArray();
    }

    private ImagePlan put(OciImage image) {
        put(image.config().getBytes(StandardCharsets.UTF_8));
        return new ImagePlan(
                ImageType.CONTAINER, "library/busybox", put(image.manifest().bytes()));
    }

    private Digest put(byte[] bytes) {
        blobs.put(digest(bytes), bytes);
        return digest(bytes);
    }

    static Digest digest(byte[] bytes) {
        return new Digest("sha256:" + Digests.of(bytes));
    }

    ImagePlan good() {
        return good;
    }

    /** Another image, of the same layer and a second one whose bytes are wrong or not. */
    ImagePlan second(boolean wrongBytes) throws Exception {
        byte[] tar = new byte[wrongBytes ? 10_240 : 20_480]; // an archive of nothing
        byte[] packed = packed(tar);
        Digest extra = put(packed);
        var image = blobs.get(good.digest());
        var first = yunqi.core.wire.OciManifest.read(image == null ? new byte[0] : image);
        String config = new String(blobs.getOrDefault(first.config().digest(), new byte[0]), StandardCharsets.UTF_8)
                .replace("\"]}}", "\",\"" + digest(tar) + "\"]}}");
        Digest configDigest = put(config.getBytes(StandardCharsets.UTF_8));
        var manifest = new yunqi.core.wire.OciManifest(
                yunqi.core.wire.OciManifest.OCI,
                new yunqi.core.wire.OciManifest.Descriptor(OciImage.CONTAINER_CONFIG, configDigest, config.length()),
                List.of(
                        first.layers().getFirst(),
                        new yunqi.core.wire.OciManifest.Descriptor(OciImage.CONTAINER_LAYER, extra, packed.length)));
        if (wrongBytes) {
            packed[packed.length - 1] ^= 1;
        }
        return new ImagePlan(ImageType.CONTAINER, "library/busybox", put(manifest.bytes()));
    }

    int layerReads() {
        return reads.getOrDefault(layer, new AtomicInteger()).get();
    }

    @Override
    public InputStream manifest(String repository, Digest digest) throws EngineException {
        return blob(repository, digest);
    }

    @Override
    public InputStream blob(String repository, Digest digest) throws EngineException {
        byte[] bytes = blobs.get(digest);
        if (bytes == null) {
            throw new EngineException(EngineException.Kind.REFUSED, "no blob " + digest);
        }
        reads.computeIfAbsent(digest, _ -> new AtomicInteger()).incrementAndGet();
        return new ByteArrayInputStream(bytes);
    }
}

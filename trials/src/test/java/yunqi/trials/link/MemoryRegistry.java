package yunqi.trials.link;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;
import yunqi.core.base.Digest;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.wire.Digests;
import yunqi.core.wire.ImageRecipe;
import yunqi.core.wire.OciImage;
import yunqi.drivers.process.Command;

/** A registry that is only memory, with the image {@code busybox}, built by its recipe. */
final class MemoryRegistry implements AutoCloseable {
    private static final Duration BUILD = Duration.ofSeconds(60);

    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final HttpServer http;
    final ImagePlan busybox;

    MemoryRegistry(Path scratch) throws Exception {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/v2/library/busybox/", this::answer);
        http.start();
        Path home = Path.of(System.getProperty("yunqi.home", ".."));
        Command.must(BUILD, List.of(home.resolve("images/busybox/build").toString(), scratch.toString()));
        byte[] tar = Files.readAllBytes(scratch.resolve("layer.tar"));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(packed)) {
            zip.write(tar);
        }
        ImageRecipe recipe = ImageRecipe.read(Files.readString(scratch.resolve("image.json")));
        OciImage image =
                OciImage.container(recipe, new OciImage.Blob(put(packed.toByteArray()), packed.size()), digest(tar));
        put(image.config().getBytes(StandardCharsets.UTF_8));
        busybox = new ImagePlan(
                ImageType.CONTAINER, "library/busybox", put(image.manifest().bytes()));
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] bytes = blobs.get(exchange.getRequestURI().getPath().replaceAll(".*/", ""));
        try (exchange) {
            exchange.sendResponseHeaders(bytes == null ? 404 : 200, bytes == null ? -1 : bytes.length);
            if (bytes != null) {
                exchange.getResponseBody().write(bytes);
            }
        }
    }

    private Digest put(byte[] bytes) {
        blobs.put(digest(bytes).value(), bytes);
        return digest(bytes);
    }

    private static Digest digest(byte[] bytes) {
        return new Digest("sha256:" + Digests.of(bytes));
    }

    @Override
    public void close() {
        http.stop(0);
    }
}

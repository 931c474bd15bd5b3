package yunqi.trials.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Wire;

/** Images from elsewhere on a real cloud: sent and fetched, gone on with after a break, refused when they would do harm, kept while they are used. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ImagesIT {
    private static final Duration QUICK = Duration.ofSeconds(60);

    /** A disk's first sector: writes what follows it to the serial port, and rests. */
    private static final String BOOT = "fa31c08ed8be167cbaf803ac84c07403eeebf8f4ebfd";

    private static Cloud cloud;
    private static Path disk;
    private static HttpServer web;
    private static final AtomicInteger breaks = new AtomicInteger();

    @BeforeAll
    static void up() throws IOException {
        cloud = Cloud.up("--bare");
        disk = disk("hello", "64M");
        web = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral(cloud.outside()), 0), 0);
        web.createContext("/disk", exchange -> send(exchange, Files.readAllBytes(disk)));
        web.createContext("/away", exchange -> {
            exchange.getResponseHeaders().add("Location", "http://127.0.0.1:" + (cloud.portBase() + 3) + "/v2/");
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        web.start();
    }

    @AfterAll
    static void purge() {
        web.stop(0);
        cloud.close();
    }

    /** Breaks off in the middle as often as it is told to; goes on where it is asked to. */
    private static void send(HttpExchange exchange, byte[] all) throws IOException {
        String range = String.valueOf(exchange.getRequestHeaders().getFirst("Range"));
        int from = range.startsWith("bytes=") ? Integer.parseInt(range.replaceAll("[^0-9]", "")) : 0;
        exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (all.length - 1) + "/" + all.length);
        exchange.sendResponseHeaders(from == 0 ? 200 : 206, all.length - from);
        boolean broken = breaks.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(Arrays.copyOfRange(all, from, broken ? from + (all.length - from) / 2 : all.length));
        } catch (IOException e) {
            // So it is meant: fewer bytes than were said.
            assertThat(broken).isTrue();
        }
        exchange.close();
    }

    private static Path disk(String name, String size) throws IOException {
        byte[] sector = Arrays.copyOf(HexFormat.of().parseHex(BOOT), 512);
        byte[] text = "an-imported-disk-boots\r\n".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, sector, BOOT.length() / 2, text.length);
        sector[510] = 0x55;
        sector[511] = (byte) 0xAA;
        byte[] rest = new byte[3 << 20];
        new java.util.Random(1).nextBytes(rest); // so that it takes some room
        Path raw = cloud.root().resolve(name + ".raw");
        Path file = cloud.root().resolve(name + ".qcow2");
        Files.write(raw, sector);
        Files.write(raw, rest, java.nio.file.StandardOpenOption.APPEND);
        qemu("resize", "-q", "-f", "raw", raw.toString(), size);
        qemu("convert", "-f", "raw", "-O", "qcow2", raw.toString(), file.toString());
        return file;
    }

    private static void qemu(String... words) {
        List<String> command = new java.util.ArrayList<>(List.of("qemu-img"));
        command.addAll(List.of(words));
        Run.of(QUICK, Map.of(), command).mustSucceed();
    }

    private static String sum(Path file) throws IOException {
        return Digests.of(Files.readAllBytes(file));
    }

    private static String url(String path) {
        return "http://" + cloud.outside() + ":" + web.getAddress().getPort() + path;
    }

    private static String refusedImport(String... words) {
        List<String> all = new java.util.ArrayList<>(List.of("image", "import"));
        all.addAll(List.of(words));
        return cloud.yunqi(all.toArray(String[]::new)).mustEndWith(1).errors();
    }

    @Test
    @Order(1)
    void aFileIsSentAndAVmBootsFromIt() throws Exception {
        assertThat(refusedImport(disk.toString(), "--sha256", "0".repeat(64)))
                .contains("not sha256:000", "nothing was sent");
        cloud.yunqi("image", "import", disk.toString(), "--sha256", sum(disk), "--no-cloud-init")
                .mustSucceed();
        assertThat(cloud.json("image", "show", "hello").at("/spec/size").asText())
                .isNotEmpty();
        cloud.yunqi("instance", "create", "h", "--type", "vm", "--image", "hello", "--flavor", "tiny", "--wait")
                .mustSucceed();
        Cloud.await(
                "the disk speaks",
                Duration.ofMinutes(2),
                () -> cloud.yunqi("instance", "logs", "h").mustSucceed().output(),
                log -> log.contains("an-imported-disk-boots"));
    }

    @Test
    @Order(2)
    void whatIsUsedIsNotDeleted() {
        assertThat(cloud.yunqi("image", "delete", "hello").mustEndWith(1).errors())
                .contains("is used by instance default/h");
        assertThat(cloud.yunqi("image", "list").mustSucceed().output()).contains("SEEN BY", "public", "hello");
    }

    @Test
    @Order(3)
    void anAddressInsideIsNotFetchedUntilTheOperatorOpensIt() throws Exception {
        assertThat(refusedImport(url("/disk"), "--sha256", sum(disk), "--name", "fetched"))
                .contains("is not an address of the public Internet", "images.fetchFrom");
        Path settings = cloud.root().resolve("server/server.json");
        ObjectNode tree =
                Wire.read("", Files.readString(settings), JsonNode.class).deepCopy();
        tree.putObject("images").put("disk", "1GiB").putArray("fetchFrom").add(cloud.outside() + "/32");
        Files.writeString(settings, Wire.write(tree));
        cloud.start("--bare").mustSucceed();
        breaks.set(2);
        cloud.yunqi("image", "import", url("/disk"), "--sha256", sum(disk), "--name", "fetched")
                .mustSucceed();
        assertThat(cloud.json("image", "show", "fetched").at("/spec/size"))
                .isEqualTo(cloud.json("image", "show", "hello").at("/spec/size"));
        assertThat(refusedImport(url("/away"), "--sha256", sum(disk), "--name", "away"))
                .as("a redirect to the registry on this machine")
                .contains("is not an address of the public Internet");
        assertThat(refusedImport(url("/disk"), "--sha256", "1".repeat(64), "--name", "other"))
                .contains("should have digest");
    }

    @Test
    @Order(4)
    void disksThatWouldDoHarmAreRefusedHoweverTheyCome() throws Exception {
        Path secret = cloud.root().resolve("server/operator-token");
        Path bad = cloud.root().resolve("bad.qcow2");
        qemu("create", "-q", "-f", "qcow2", "-u", "-F", "raw", "-b", secret.toString(), bad.toString(), "64M");
        assertThat(refusedImport(bad.toString())).contains("stands on another file");
        Path huge = cloud.root().resolve("huge.qcow2");
        qemu("create", "-q", "-f", "qcow2", huge.toString(), "2G");
        assertThat(refusedImport(huge.toString())).contains("the largest that is taken here is 1GiB");
        Path raw = cloud.root().resolve("hello.raw");
        assertThat(refusedImport(raw.toString(), "--name", "raw")).contains("is not in qcow2 form");
        // As 'image build' and any OCI client push: the registry takes all bytes, the API looks before it gives a name.
        Path built = Files.createDirectories(cloud.root().resolve("built"));
        Files.writeString(built.resolve("image.json"), "{\"type\":\"vm\"}");
        Files.copy(bad, built.resolve("disk.qcow2"));
        assertThat(cloud.yunqi("image", "build", "sly", "--built", built.toString())
                        .mustEndWith(1)
                        .errors())
                .contains("stands on another file", "unfit-image");
        cloud.yunqi("image", "show", "sly").mustEndWith(1);
        Cloud.await(
                "nothing of what was refused takes room",
                QUICK,
                () -> Run.of(QUICK, Map.of(), List.of("ls", "-A", cloud.root() + "/server/imports"))
                        .output(),
                String::isEmpty);
    }

    @Test
    @Order(5)
    void aContainersFilesAreImported() throws Exception {
        Path built = Files.createDirectories(cloud.root().resolve("busybox"));
        Run.of(
                        QUICK,
                        Map.of(),
                        List.of(Cloud.home().resolve("images/busybox/build").toString(), built.toString()))
                .mustSucceed();
        Run.of(QUICK, Map.of(), List.of("gzip", built.resolve("layer.tar").toString()))
                .mustSucceed();
        String packed = built.resolve("layer.tar.gz").toString();
        cloud.yunqi("image", "import", packed, "--name", "box", "--command", "sleep 3600")
                .mustSucceed();
        cloud.yunqi("instance", "create", "b", "--type", "container", "--image", "box", "--wait")
                .mustSucceed();
        assertThat(cloud.yunqi("instance", "exec", "b", "--", "/bin/busybox", "hostname")
                        .mustSucceed()
                        .output())
                .isEqualTo("b\n");
    }

    @Test
    @Order(6)
    void aProjectsOwnImageIsNotSeenByOthers() {
        cloud.yunqi("project", "create", "shop").mustSucceed();
        cloud.yunqi("image", "import", disk.toString(), "--name", "own", "-p", "shop")
                .mustSucceed();
        assertThat(cloud.json("image", "list", "-p", "shop").toString()).contains("\"own\"", "\"hello\"");
        assertThat(cloud.json("image", "list", "-p", "default").toString()).doesNotContain("\"own\"");
        assertThat(cloud.yunqi("instance", "create", "x", "--type", "vm", "--image", "own")
                        .mustEndWith(1)
                        .errors())
                .contains("there is no image 'own'");
        cloud.yunqi("instance", "create", "x", "-p", "shop", "--type", "vm", "--image", "own", "--stopped")
                .mustSucceed();
    }
}

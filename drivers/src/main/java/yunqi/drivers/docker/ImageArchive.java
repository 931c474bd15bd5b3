package yunqi.drivers.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import yunqi.core.base.BadValue;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageSource;
import yunqi.core.wire.Digests;
import yunqi.core.wire.OciManifest;
import yunqi.core.wire.Wire;

/** Writes an image as the archive that dockerd loads, each blob verified by its digest on the way. Dockerd verifies the unpacked layers once more. */
final class ImageArchive {
    private static final int CONFIG_LIMIT = 8 << 20; // bytes; a config blob is a few KB of JSON
    private static final int BLOCK = 512; // of a tar archive

    private final ImageSource source;
    private final ImagePlan image;

    private ImageArchive(ImageSource source, ImagePlan image) {
        this.source = source;
        this.image = image;
    }

    /** Writes the archive to {@code file}, without the lowest layers as far as they are among {@code here}; true if none was left out. */
    static boolean fetch(ImageSource source, ImagePlan image, String tag, Set<List<String>> here, Path file)
            throws IOException, EngineException {
        return new ImageArchive(source, image).fetch(tag, here, file);
    }

    private boolean fetch(String tag, Set<List<String>> here, Path file) throws IOException, EngineException {
        OciManifest manifest = manifest();
        byte[] config = config(manifest);
        List<String> unpacked = unpacked(config, manifest);
        String configName = manifest.config().digest().hex() + ".json";
        boolean whole = true;
        ArrayNode names = Wire.lenient().createArrayNode();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            out.write(header(configName, config.length));
            out.write(config);
            pad(out, config.length);
            for (int i = 0; i < unpacked.size(); i++) {
                String name = i + ".tar";
                names.add(name);
                if (here.contains(unpacked.subList(0, i + 1))) {
                    whole = false;
                } else {
                    layer(manifest.layers().get(i), name, out);
                }
            }
            JsonNode index = Wire.lenient()
                    .createArrayNode()
                    .add(Wire.lenient()
                            .createObjectNode()
                            .put("Config", configName)
                            .<com.fasterxml.jackson.databind.node.ObjectNode>set(
                                    "RepoTags", Wire.lenient().createArrayNode().add(tag))
                            .set("Layers", names));
            byte[] last = Wire.write(index).getBytes(StandardCharsets.UTF_8);
            out.write(header("manifest.json", last.length));
            out.write(last);
            pad(out, last.length);
            out.write(new byte[2 * BLOCK]);
        }
        return whole;
    }

    private OciManifest manifest() throws EngineException {
        byte[] bytes;
        try (InputStream in = source.manifest(image.repository(), image.digest())) {
            bytes = in.readNBytes(OciManifest.SIZE_LIMIT + 1);
        } catch (IOException e) {
            throw brokenOff(e);
        }
        verify(image.digest(), Digests.sha256().digest(bytes));
        try {
            return OciManifest.read(bytes);
        } catch (BadValue e) {
            throw new EngineException(
                    EngineException.Kind.REFUSED, "image " + image.digest() + ": " + e.getMessage(), e);
        }
    }

    private byte[] config(OciManifest manifest) throws EngineException {
        if (manifest.config().size() > CONFIG_LIMIT) {
            throw refused("a config of " + manifest.config().size() + " bytes");
        }
        byte[] bytes;
        try (InputStream in = source.blob(image.repository(), manifest.config().digest())) {
            bytes = in.readNBytes(CONFIG_LIMIT + 1);
        } catch (IOException e) {
            throw brokenOff(e);
        }
        verify(manifest.config().digest(), Digests.sha256().digest(bytes));
        return bytes;
    }

    /** The digests of the layers as they are when unpacked. */
    private List<String> unpacked(byte[] config, OciManifest manifest) throws EngineException {
        List<String> unpacked = new ArrayList<>();
        try {
            Wire.lenient()
                    .readTree(config)
                    .path("rootfs")
                    .path("diff_ids")
                    .forEach(layer -> unpacked.add(layer.asText()));
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.REFUSED, "image " + image.digest() + ": its config is not JSON", e);
        }
        if (unpacked.size() != manifest.layers().size()) {
            throw refused(manifest.layers().size() + " layers, but " + unpacked.size()
                    + " in its config: is it a container's?");
        }
        return unpacked;
    }

    private void layer(OciManifest.Descriptor blob, String name, OutputStream out) throws IOException, EngineException {
        out.write(header(name, blob.size()));
        MessageDigest digest = Digests.sha256();
        byte[] buffer = new byte[1 << 16];
        long count = 0;
        try (InputStream in = source.blob(image.repository(), blob.digest())) {
            for (int n = read(in, buffer); n >= 0; n = read(in, buffer)) {
                count += n;
                if (count > blob.size()) {
                    throw refused("blob " + blob.digest() + " is longer than its " + blob.size() + " bytes");
                }
                digest.update(buffer, 0, n);
                out.write(buffer, 0, n);
            }
        }
        verify(blob.digest(), digest.digest());
        pad(out, count);
    }

    /** Trouble with reading is the source's, not the disk's. */
    private int read(InputStream in, byte[] buffer) throws EngineException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw brokenOff(e);
        }
    }

    private void verify(Digest wanted, byte[] seen) throws EngineException {
        String hex = HexFormat.of().formatHex(seen);
        if (!hex.equals(wanted.hex())) {
            throw refused("the registry gave other bytes (sha256:" + hex + ") for " + wanted);
        }
    }

    private EngineException refused(String why) {
        return new EngineException(EngineException.Kind.REFUSED, "image " + image.digest() + ": " + why);
    }

    private EngineException brokenOff(IOException e) {
        return new EngineException(
                EngineException.Kind.UNAVAILABLE,
                "the registry broke off image " + image.digest() + ": " + e.getMessage(),
                e);
    }

    static EngineException diskTrouble(String doing, IOException e) {
        boolean full = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("no space left");
        return new EngineException(
                full ? EngineException.Kind.NO_CAPACITY : EngineException.Kind.UNAVAILABLE,
                doing + ": " + e.getMessage(),
                e);
    }

    /** The head of a plain file in a tar archive (ustar; sizes past 8 GiB as GNU writes them). */
    static byte[] header(String name, long size) {
        byte[] head = new byte[BLOCK];
        put(head, 0, name);
        put(head, 100, "0000644\0" + "0000000\0" + "0000000\0");
        if (size < 1L << 33) {
            put(head, 124, String.format(Locale.ROOT, "%011o", size));
        } else {
            head[124] = (byte) 0x80;
            for (int i = 0; i < Long.BYTES; i++) {
                head[135 - i] = (byte) (size >> (8 * i));
            }
        }
        put(head, 136, "00000000000\0" + "        " + "0");
        put(head, 257, "ustar\00000");
        int sum = 0;
        for (byte one : head) {
            sum += one & 0xFF;
        }
        put(head, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        return head;
    }

    private static void put(byte[] head, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, head, at, bytes.length);
    }

    private static void pad(OutputStream out, long size) throws IOException {
        out.write(new byte[Math.floorMod(-size, BLOCK)]);
    }
}

package yunqi.core.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;

/**
 * The manifest of one image in a registry, as OCI (image-spec 1.0) and Docker (v2, schema 2) write it: a config blob and layers. An index of several
 * architectures is not one.
 */
public record OciManifest(String mediaType, Descriptor config, List<Descriptor> layers) {
    public static final String OCI = "application/vnd.oci.image.manifest.v1+json";
    public static final String DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
    public static final int SIZE_LIMIT = 4 << 20; // bytes; registries take no larger manifest
    private static final int LAYER_LIMIT = 128; // as many as overlayfs mounts on each other

    /** One blob: what it is, its digest, and how many bytes it has. */
    public record Descriptor(String mediaType, Digest digest, long size) {
        public Descriptor {
            if (size < 0) {
                throw new BadValue("manifest", "a blob of " + size + " bytes");
            }
        }
    }

    public OciManifest {
        layers = List.copyOf(layers);
        if (layers.size() > LAYER_LIMIT) {
            throw new BadValue("manifest", layers.size() + " layers: at most " + LAYER_LIMIT);
        }
    }

    /** Reads a manifest. Throws {@link BadValue} for anything else, an index included. */
    public static OciManifest read(byte[] json) {
        JsonNode tree;
        try {
            tree = Wire.lenient().readTree(json);
        } catch (IOException e) {
            throw new BadValue("manifest", "is not JSON");
        }
        String type = tree.path("mediaType").asText(OCI);
        if (tree.path("schemaVersion").asInt() != 2 || !(type.equals(OCI) || type.equals(DOCKER))) {
            throw new BadValue(
                    "manifest",
                    "is a '" + type + "': push an image of one architecture (" + OCI + " or " + DOCKER + ")");
        }
        List<Descriptor> layers = new ArrayList<>();
        for (JsonNode layer : tree.path("layers")) {
            layers.add(descriptor(layer));
        }
        return new OciManifest(type, descriptor(tree.path("config")), layers);
    }

    private static Descriptor descriptor(JsonNode node) {
        if (!node.path("digest").isTextual() || !node.path("size").canConvertToLong()) {
            throw new BadValue("manifest", "a blob has no digest or no size");
        }
        return new Descriptor(
                node.path("mediaType").asText(),
                new Digest(node.path("digest").asText()),
                node.path("size").asLong());
    }

    /** The manifest as it is stored and digested. */
    public byte[] bytes() {
        ObjectNode tree = Wire.lenient().createObjectNode();
        tree.put("schemaVersion", 2).put("mediaType", mediaType);
        tree.set("config", tree(config));
        var list = tree.putArray("layers");
        layers.forEach(layer -> list.add(tree(layer)));
        return json(tree).getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode tree(Descriptor blob) {
        return Wire.lenient()
                .createObjectNode()
                .put("mediaType", blob.mediaType())
                .put("digest", blob.digest().value())
                .put("size", blob.size());
    }

    static String json(JsonNode tree) {
        try {
            return Wire.lenient().writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can be written", e);
        }
    }

    public Digest digest() {
        return new Digest("sha256:" + Digests.of(bytes()));
    }

    /** How large all layers are together, as they are stored. */
    public Bytes size() {
        return new Bytes(layers.stream().mapToLong(Descriptor::size).sum());
    }
}

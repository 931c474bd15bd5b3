package yunqi.core.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Digest;
import yunqi.core.image.ImageSpec;

/**
 * An image as it is pushed: the manifest, and the config blob (JSON, pushed as UTF-8) that the manifest names. The layers are the caller's files. Pure: the same recipe and
 * the same layers give the same digest.
 */
public record OciImage(OciManifest manifest, String config) {
    public static final String VM_CONFIG = "application/vnd.yunqi.vm.v1+json";
    public static final String VM_DISK = "application/vnd.yunqi.vm.disk.v1+qcow2";
    public static final String VM_KERNEL = "application/vnd.yunqi.vm.kernel.v1";
    public static final String VM_INITRD = "application/vnd.yunqi.vm.initrd.v1";
    public static final String CONTAINER_CONFIG = "application/vnd.oci.image.config.v1+json";
    public static final String CONTAINER_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

    /** A file that was put into the registry, or will be: its digest and how many bytes it has. */
    public record Blob(Digest digest, long size) {}

    /** A VM image: a qcow2 disk, and where it boots without a boot loader, kernel and initrd. */
    public static OciImage vm(ImageRecipe recipe, Blob disk, Optional<Blob> kernel, Optional<Blob> initrd) {
        String config = OciManifest.json(Wire.lenient()
                .createObjectNode()
                .put("cmdline", recipe.cmdline())
                .put("format", "qcow2"));
        List<OciManifest.Descriptor> layers = new ArrayList<>();
        layers.add(descriptor(VM_DISK, disk));
        kernel.ifPresent(blob -> layers.add(descriptor(VM_KERNEL, blob)));
        initrd.ifPresent(blob -> layers.add(descriptor(VM_INITRD, blob)));
        return of(VM_CONFIG, config, layers);
    }

    /** A container image of one layer. {@code layer} is the gzipped tar, {@code unpacked} the digest of the tar itself. */
    public static OciImage container(ImageRecipe recipe, Blob layer, Digest unpacked) {
        ObjectNode config = Wire.lenient()
                .createObjectNode()
                .put("architecture", recipe.architecture())
                .put("os", "linux");
        ObjectNode run = config.putObject("config");
        if (!recipe.env().isEmpty()) {
            var env = run.putArray("Env");
            recipe.env().forEach((key, value) -> env.add(key + "=" + value));
        }
        if (!recipe.command().isEmpty()) {
            var command = run.putArray("Cmd");
            recipe.command().forEach(command::add);
        }
        config.putObject("rootfs").put("type", "layers").putArray("diff_ids").add(unpacked.value());
        return of(CONTAINER_CONFIG, OciManifest.json(config), List.of(descriptor(CONTAINER_LAYER, layer)));
    }

    /** What the API is told about the image once it is in {@code repository}. */
    public ImageSpec spec(ImageRecipe recipe, String repository) {
        return new ImageSpec(
                recipe.type(),
                repository,
                manifest.digest(),
                manifest.size(),
                recipe.minMemory(),
                recipe.architecture(),
                recipe.agent(),
                recipe.cloudInit(),
                recipe.description());
    }

    private static OciImage of(String configType, String config, List<OciManifest.Descriptor> layers) {
        byte[] bytes = config.getBytes(StandardCharsets.UTF_8);
        Digest digest = new Digest("sha256:" + Digests.of(bytes));
        var descriptor = new OciManifest.Descriptor(configType, digest, bytes.length);
        return new OciImage(new OciManifest(OciManifest.OCI, descriptor, layers), config);
    }

    private static OciManifest.Descriptor descriptor(String mediaType, Blob blob) {
        return new OciManifest.Descriptor(mediaType, blob.digest(), blob.size());
    }
}

package yunqi.core.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import yunqi.core.base.BadValue;
import yunqi.core.base.Digest;

final class OciImageTest {
    private static final Digest A = new Digest("sha256:" + "a".repeat(64));
    private static final Digest B = new Digest("sha256:" + "b".repeat(64));

    @Test
    void aContainerImageIsAnOrdinaryOciImage() {
        ImageRecipe recipe = ImageRecipe.read(
                "{\"type\":\"container\",\"command\":[\"sh\",\"-c\",\"a 'b'\"],\"env\":{\"X\":\"1\"}}");
        OciImage image = OciImage.container(recipe, new OciImage.Blob(A, 10), B);
        assertThat(image.config())
                .isEqualTo(
                        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"X=1\"],\"Cmd\":[\"sh\",\"-c\",\"a 'b'\"]},"
                                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + B + "\"]}}");
        assertThat(new String(image.manifest().bytes(), StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":"
                                + "\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:"
                                + Digests.of(image.config().getBytes(StandardCharsets.UTF_8)) + "\",\"size\":"
                                + image.config().length()
                                + "},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\""
                                + A
                                + "\",\"size\":10}]}");
    }

    @Test
    void aManifestIsReadAsItWasWritten() {
        ImageRecipe recipe =
                ImageRecipe.read("{\"type\":\"vm\",\"minMemory\":\"96MiB\",\"cmdline\":\"console=ttyS0\"}");
        OciImage image =
                OciImage.vm(recipe, new OciImage.Blob(A, 7), Optional.of(new OciImage.Blob(B, 8)), Optional.empty());
        OciManifest again = OciManifest.read(image.manifest().bytes());
        assertThat(again).isEqualTo(image.manifest());
        assertThat(again.digest()).isEqualTo(image.manifest().digest());
        assertThat(image.spec(recipe, "library/tiny").size().count()).isEqualTo(15);
    }

    @Test
    void anIndexIsRefusedAndSoIsRubbish() {
        String index =
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}";
        assertThatThrownBy(() -> OciManifest.read(index.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(BadValue.class)
                .hasMessageContaining("one architecture");
        assertThatThrownBy(() -> OciManifest.read(new byte[] {1})).isInstanceOf(BadValue.class);
        assertThatThrownBy(() -> OciManifest.read("{\"schemaVersion\":2}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(BadValue.class);
    }

    @Test
    void aRecipeNamesItsFieldAtFault() {
        assertThatThrownBy(() -> ImageRecipe.read("{\"type\":\"vm\",\"comand\":[]}"))
                .isInstanceOf(BadValue.class)
                .hasMessageContaining("comand");
        assertThatThrownBy(() -> ImageRecipe.read("{}"))
                .isInstanceOf(BadValue.class)
                .hasMessageContaining("type");
    }
}

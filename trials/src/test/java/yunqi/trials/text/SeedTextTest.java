package yunqi.trials.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.instance.Seed;

/** The files that cloud-init reads, read by a parser of YAML: whatever a tenant wrote is a value there, and nothing else. */
final class SeedTextTest {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String KEY = "ssh-ed25519 AAAA ";
    private static final List<String> COMMENTS = List.of(
            "me@here",
            "\" : [x] #y &a *b !!z %d {c} - ? | > @ ` ' \\ \\n \\x41 \\u0041",
            "'\"$(id)`id`; </x>]]>&amp;",
            "\u0080\u0085\u009b2J\u00a0\u00ad\u2028\u2029\u202e\ufeff\ufffe\uffff",
            "云é😀",
            "local-hostname: other");

    @Test
    void whateverAKeySaysIsAValue() throws Exception {
        List<String> keys = COMMENTS.stream().map(comment -> KEY + comment).toList();
        JsonNode read = YAML.readTree(meta(keys));
        assertThat(read.at("/local-hostname").asText()).isEqualTo("web");
        assertThat(read.size()).isEqualTo(3);
        assertThat(read.at("/public-keys")).hasSize(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            assertThat(read.at("/public-keys/" + i).asText()).isEqualTo(keys.get(i));
        }
    }

    @Test
    void aKeyOfMoreThanOneLineIsRefused() {
        for (String more : List.of("\n", "\r", "\u0000", "\u001b", "\t", "\u007f")) {
            assertThatThrownBy(() -> new InstanceSpec(
                            ImageType.VM,
                            new Name("tiny"),
                            new Name("tiny"),
                            List.of(new InstanceSpec.Nic(new Name("default"), Optional.empty())),
                            true,
                            RestartPolicy.ALWAYS,
                            List.of(),
                            new TreeMap<>(),
                            Optional.empty(),
                            List.of(KEY + "me" + more + "ssh-rsa BBBB you"),
                            Labels.NONE,
                            Optional.empty(),
                            0))
                    .isInstanceOf(BadValue.class)
                    .hasMessageContaining("spec.keys");
        }
    }

    private static String meta(List<String> keys) {
        InstancePlan plan = new InstancePlan(
                new InstanceId(new UUID(1, 2)),
                new Name("default"),
                new Name("web"),
                ImageType.VM,
                new FlavorSpec(1, Bytes.mebibytes(96), new Bytes(0)),
                new ImagePlan(ImageType.VM, "library/tiny", new Digest("sha256:" + "7".repeat(64))),
                true,
                true,
                List.of(),
                List.of(),
                new TreeMap<>(),
                Optional.empty(),
                keys);
        return Seed.texts(plan).getOrDefault("meta-data", "");
    }
}

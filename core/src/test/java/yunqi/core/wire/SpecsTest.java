package yunqi.core.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.host.HostSpec;
import yunqi.core.image.FlavorSpec;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.NetworkSpec;

class SpecsTest {
    @Test
    void whatIsLeftOutGetsItsDefault() {
        InstanceSpec spec = Specs.read(InstanceSpec.class, json("{\"type\":\"container\",\"image\":\"busybox\"}"));
        assertThat(spec.flavor().value()).isEqualTo("small");
        assertThat(spec.networks()).hasSize(1);
        assertThat(spec.networks().getFirst().network().value()).isEqualTo("default");
        assertThat(spec.running()).isTrue();
        assertThat(spec.restart()).isEqualTo(RestartPolicy.ALWAYS);
        assertThat(spec.command()).isEmpty();
        assertThat(spec.env()).isEmpty();
        assertThat(spec.host()).isEmpty();
        assertThat(Specs.read(NetworkSpec.class, json("{}"))).isEqualTo(NetworkSpec.FIRST);
        assertThat(Specs.read(HostSpec.class, json("{\"schedulable\":false}")).zone())
                .isEqualTo(HostSpec.FIRST_ZONE);
        assertThat(Specs.read(FlavorSpec.class, json("{\"vcpus\":1,\"memory\":\"128MiB\"}"))
                        .disk())
                .isEqualTo(Bytes.gibibytes(10));
    }

    @Test
    void whatWasReadReadsTheSameAgain() {
        InstanceSpec spec = Specs.read(
                InstanceSpec.class,
                json(
                        "{\"type\":\"container\",\"image\":\"busybox\",\"command\":[\"sleep\",\"1\"],\"env\":{\"A\":\"b\"},\"hostLabels\":{\"disk\":\"ssd\"}}"));
        assertThat(Specs.read(InstanceSpec.class, Wire.tree(spec))).isEqualTo(spec);
    }

    @Test
    void recordsAreWrittenByTheirComponents() {
        assertThat(Wire.write(HostSpec.FIRST))
                .isEqualTo("{\"zone\":\"zone-1\",\"rack\":\"rack-1\",\"schedulable\":true,\"cpuOvercommit\":4.0}");
    }

    @Test
    void whatIsMissingIsRefusedByItsField() {
        refused("{\"type\":\"vm\"}", "spec.image", "missing");
        refused("{\"type\":\"vm\",\"image\":null}", "spec.image", "missing");
        refused("{\"type\":\"vm\",\"image\":\"tiny\",\"flavour\":\"small\"}", "spec.flavour", "not a field");
        refused("{\"type\":\"wm\",\"image\":\"tiny\"}", "spec.type", "use one of vm, container");
        refused("{\"type\":\"vm\",\"image\":\"Tiny\"}", "spec.image", "not a name");
        refused("{\"type\":\"vm\",\"image\":\"tiny\",\"networks\":[]}", "spec.networks", "1 to 8");
        refused("[]", "spec", "object");
    }

    @Test
    void everyKindHasAPathAndAWord() {
        assertThat(Kind.INSTANCE.path("default")).isEqualTo("/v1/projects/default/instances");
        assertThat(Kind.HOST.path("default")).isEqualTo("/v1/hosts");
        assertThat(Kind.of("network")).contains(Kind.NETWORK);
        assertThat(Kind.of("networks")).isEmpty();
    }

    private static void refused(String json, String field, String words) {
        assertThatThrownBy(() -> Specs.read(InstanceSpec.class, json(json)))
                .isInstanceOfSatisfying(
                        BadValue.class, bad -> assertThat(bad.field()).isEqualTo(field))
                .hasMessageContaining(words);
    }

    private static JsonNode json(String text) {
        return Wire.read("test", text, JsonNode.class);
    }
}

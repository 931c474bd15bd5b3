package yunqi.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import yunqi.cli.api.Trouble;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;

class ManifestTest {
    private static final String GOOD = """
            # two documents, the later kind first
            kind: instance
            name: web
            labels: {tier: front}
            spec:
              type: container
              image: busybox
              command: [sleep, "3600"]
              env: {PORT: 8080}
            ---
            kind: network
            project: shop
            name: back
            spec: {cidr: 10.1.0.0/24}
            """;

    @Test
    void documentsAreReadInDependencyOrder() {
        List<Document> documents = Manifest.read("f.yaml", GOOD, "default");
        assertThat(documents).extracting(Document::title).containsExactly("network shop/back", "instance default/web");
        Document web = documents.get(1);
        assertThat(web.path()).isEqualTo("/v1/projects/default/instances/web");
        var body = web.body(Wire.lenient().createObjectNode());
        assertThat(body.at("/labels/tier").asText()).isEqualTo("front");
        assertThat(body.at("/spec/flavor").asText())
                .as("defaults are filled in")
                .isEqualTo("small");
        assertThat(body.at("/spec/env/PORT").asText()).isEqualTo("8080");
    }

    @Test
    void aCountOfThePastIsKept() {
        Document web = Manifest.read("f.yaml", GOOD, "default").get(1);
        var present = web.spec(Wire.lenient().createObjectNode());
        present.put("restarts", 7);
        assertThat(web.spec(present).path("restarts").asInt()).isEqualTo(7);
    }

    @Test
    void faultsAreToldByLineAndField() {
        refused(
                "kind: instance\nname: web\nspec:\n  type: container\n  image: busybox\n  flavour: small\n",
                "f.yaml:6: spec.flavour: is not a field");
        refused("kind: instance\nname: web\nspec:\n  type: wm\n  image: busybox\n", "f.yaml:4: spec.type: ");
        refused("kind: instance\nname: Web\nspec: {type: vm, image: tiny}\n", "f.yaml:2: name: ");
        refused("kind: instance\nname: web\nspec:\n  type: vm\n", "f.yaml:3: spec.image: is missing");
        refused(
                "# nothing\nkind: instnace\nname: web\n",
                "f.yaml:2: kind: there is no kind 'instnace'; known are project");
        refused("kind: host\nproject: a\nname: h\n", "f.yaml:2: project: a host belongs to no project");
        refused("kind: network\nname: a\nspce: {}\n", "f.yaml:3: spce: is not a field here");
        refused("kind: network\nspec: {}\n", "name: is missing");
        refused(
                "kind: network\nname: a\nspec: {}\n---\nkind: network\nname: b\nspec:\n  cidr: 10.0.0.1/24\n",
                "f.yaml:8: spec.cidr: ");
        refused(
                "kind: instance\nname: web\nspec:\n  type: vm\n  image: tiny\n  networks:\n    - network: default\n      address: 10.0.0\n",
                "f.yaml:8: spec.networks[0].address: ");
    }

    @Test
    void whatIsNoYamlIsToldByLine() {
        refused("kind: network\nname: a\n spec: {}\n", "f.yaml:3: not YAML: ");
        refused("kind: [a\nname: b\n", "f.yaml:2: not YAML: ");
        refused("kind: network\nname: a\nname: b\n", "f.yaml:3: not YAML: ");
        refused("- a\n- b\n", "f.yaml:1: a document has the fields kind, name and spec");
        refused("", "no document");
    }

    @Test
    void oneThingTwiceIsRefused() {
        refused("kind: network\nname: a\n---\nkind: network\nname: a\n", "network default/a stands here a second time");
    }

    @Test
    void theExampleIsGood() throws IOException {
        Path example = Path.of(System.getProperty("yunqi.home", "..")).resolve("examples/two-tier.yaml");
        assertThat(Manifest.read("two-tier.yaml", Files.readString(example), "default"))
                .extracting(Document::kind)
                .containsExactly(Kind.NETWORK, Kind.INSTANCE, Kind.INSTANCE);
    }

    @Test
    void differencesAreToldFieldByField() {
        var before =
                Wire.read("", "{\"a\":1,\"b\":{\"c\":\"x\"},\"n\":4.0}", com.fasterxml.jackson.databind.JsonNode.class);
        var after = Wire.read(
                "", "{\"a\":1,\"b\":{\"c\":\"y\",\"d\":[1]},\"n\":4}", com.fasterxml.jackson.databind.JsonNode.class);
        assertThat(Difference.between(before, after)).containsExactly("b.c: x -> y", "b.d: (nothing) -> [1]");
        assertThat(Difference.between(before, before)).isEmpty();
    }

    private static void refused(String yaml, String words) {
        assertThatThrownBy(() -> Manifest.read("f.yaml", yaml, "default"))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining(words);
    }
}

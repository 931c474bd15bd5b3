package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may do what in the registry. There is none behind the API here: whoever is let in is told that it does not answer. */
final class RegistryGateTest {
    private static final int LET_IN = 502;

    private final Tenants api = new Tenants();

    RegistryGateTest() throws Exception {}

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void repositoriesBelongToProjects() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        String viewer = api.token("bob", "{\"name\":\"v\",\"role\":\"viewer\"}");
        assertThat(status("", "GET", "/v2/")).isEqualTo(401);
        assertThat(status(bob, "GET", "/v2/")).isEqualTo(LET_IN);
        assertThat(status(bob, "GET", "/v2/_catalog")).isEqualTo(403);
        assertThat(status(bob, "GET", "/v2/blue/web/manifests/latest")).isEqualTo(LET_IN);
        assertThat(status(bob, "PUT", "/v2/blue/web/manifests/latest")).isEqualTo(LET_IN);
        assertThat(status(viewer, "PUT", "/v2/blue/web/manifests/latest")).isEqualTo(403);
        assertThat(status(bob, "GET", "/v2/library/busybox/manifests/latest")).isEqualTo(LET_IN);
        assertThat(status(bob, "PUT", "/v2/library/busybox/manifests/latest")).isEqualTo(404);
        assertThat(status(bob, "GET", "/v2/red/web/manifests/latest")).isEqualTo(404);
        assertThat(status(bob, "GET", "/v2/rxd/web/manifests/latest")).isEqualTo(404);
    }

    @Test
    void aLayerIsCopiedOnlyFromWhatMayBeRead() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        String uploads = "/v2/blue/web/blobs/uploads/?mount=sha256:" + "0".repeat(64) + "&from=";
        assertThat(status(bob, "POST", uploads + "library/busybox")).isEqualTo(LET_IN);
        assertThat(status(bob, "POST", uploads + "red/web")).isEqualTo(404);
        assertThat(status(bob, "POST", uploads + "blue/../red/web")).isEqualTo(422);
        assertThat(status(bob, "POST", uploads + "library/busybox&from=red/web"))
                .isEqualTo(404);
    }

    @Test
    void noOtherWayLeadsIn() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        for (String path : new String[] {
            "/v2/blue/../red/web/manifests/latest",
            "/v2/blue/%2e%2e/red/web/manifests/latest",
            "/v2/blue%2F..%2Fred/web/manifests/latest",
            "/v2/blue//red/web/manifests/latest",
            "/v2/blue/web/unknown/x"
        }) {
            assertThat(status(bob, "GET", path)).as(path).isIn(400, 404);
        }
    }

    private int status(String token, String method, String path) throws Exception {
        return api.as(token, method, path, method.equals("GET") ? "" : "x").status();
    }
}

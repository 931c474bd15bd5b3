package yunqi.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import yunqi.core.image.FlavorSpec;
import yunqi.core.wire.Api;
import yunqi.server.image.FlavorRoutes;
import yunqi.server.store.MemoryStore;

class DeskTest {
    private static final String SMALL = "{\"spec\":{\"vcpus\":1,\"memory\":\"256MiB\",\"disk\":\"1GiB\"}}";
    private final MemoryStore store = new MemoryStore(() -> Instant.EPOCH);
    private final Desk desk = new Desk(new Declarations<FlavorSpec, Api.Plain>(
                    store, () -> Instant.EPOCH, new FlavorRoutes(() -> Instant.EPOCH, _ -> List.of()))
            .routes());

    private Reply ask(Route.Method method, String path, Map<String, String> headers, String body) {
        return desk.answer(new Desk.Asked(method, path, headers, body));
    }

    @Test
    void whatIsAskedIsDoneByTheRoutes() {
        assertThat(ask(Route.Method.PUT, "/v1/flavors/small", Map.of(), SMALL).status())
                .isEqualTo(201);
        assertThat(ask(Route.Method.GET, "/v1/flavors/small", Map.of(), "").status())
                .isEqualTo(200);
        assertThat(ask(Route.Method.GET, "/v1/flavors", Map.of(), "").status()).isEqualTo(200);
        assertThat(ask(Route.Method.DELETE, "/v1/flavors/small", Map.of(), "").status())
                .isEqualTo(202);
        assertThat(store.count("flavor", java.util.Optional.empty())).isZero();
    }

    @Test
    void refusalsAreAnsweredAsOverHttp() {
        ask(Route.Method.PUT, "/v1/flavors/small", Map.of(), SMALL);
        assertThat(ask(Route.Method.PUT, "/v1/flavors/small", Map.of("If-None-Match", "*"), SMALL)
                        .status())
                .isEqualTo(409);
        assertThat(ask(Route.Method.PUT, "/v1/flavors/small", Map.of("If-Match", "7"), SMALL)
                        .status())
                .isEqualTo(412);
        assertThat(ask(Route.Method.PUT, "/v1/flavors/small", Map.of(), "{").status())
                .isEqualTo(400);
        assertThat(ask(Route.Method.GET, "/v1/flavors/none", Map.of(), "").status())
                .isEqualTo(404);
        assertThat(ask(Route.Method.GET, "/v1/nothing", Map.of(), "").status()).isEqualTo(404);
    }
}

package yunqi.core.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an entry says of a request, by its route; and what it never says. */
final class WhatTest {
    private static What of(String route, String... values) {
        Map<String, String> parameters = new java.util.TreeMap<>();
        for (int i = 0; i < values.length; i += 2) {
            parameters.put(values[i], values[i + 1]);
        }
        return What.of("PUT", route, key -> parameters.getOrDefault(key, ""));
    }

    @Test
    void theThingIsFoundInTheRoute() {
        assertThat(of("/v1/projects/{project}/instances/{name}/restart", "project", "red", "name", "web"))
                .isEqualTo(new What(
                        "PUT",
                        "/v1/projects/{project}/instances/{name}/restart",
                        Optional.of("red"),
                        "instance",
                        "web"));
        assertThat(of("/v1/projects/{name}", "name", "red"))
                .isEqualTo(new What("PUT", "/v1/projects/{name}", Optional.of("red"), "project", "red"));
        assertThat(of("/v1/users/{name}/tokens/{token}", "name", "alice", "token", "ci"))
                .isEqualTo(new What("PUT", "/v1/users/{name}/tokens/{token}", Optional.empty(), "token", "alice/ci"));
        assertThat(of("/v1/users/{name}/tokens", "name", "alice").kind()).isEqualTo("user");
        assertThat(of("/v1/join-tokens"))
                .isEqualTo(new What("PUT", "/v1/join-tokens", Optional.empty(), "join-token", ""));
    }

    @Test
    void whatIsNoNameIsNotKept() {
        String token = "yq_" + "0".repeat(64);
        for (String secret : new String[] {token, "0".repeat(64), "a\nb", "Hunter2!", "", "\u0000", "a".repeat(64)}) {
            assertThat(of("/v1/hosts/{name}", "name", secret).name()).isEqualTo(What.NO_NAME);
            assertThat(of("/v1/hosts/{name}", "name", "h").about(secret).name()).isEqualTo(What.NO_NAME);
        }
    }

    @Test
    void aFieldOfTheCallersOwnIsNotKept() {
        assertThat(Outcome.refused(422, "bad-value", Optional.of("spec.networks[0].name"))
                        .field())
                .contains("spec.networks[0].name");
        for (String other : new String[] {"yq_" + "0".repeat(64), "a b", "a\n", "x".repeat(41), "", "SECRET_KEY"}) {
            assertThat(Outcome.refused(422, "bad-value", Optional.of(other)).field())
                    .contains("(other)");
        }
    }
}

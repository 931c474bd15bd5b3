package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import yunqi.core.wire.Wire;
import yunqi.server.store.MemoryStore;

/**
 * Nonsense thrown at every route over real HTTPS, by several clients at once, each at a server of its own: whatever comes, the answer is a refusal with a code and a
 * field, or a thing that was wholly made; never silence, never a fault of ours, nothing of our insides in the text, nothing half-made, no memory kept. Another seed with
 * {@code -Dyunqi.fuzz.seed=N}.
 */
final class FuzzIT {
    private static final int REQUESTS = 100_000;
    private static final int LANES = 4; // half of them with the seed that is always the same
    private static final int FIXED = 4711;
    private static final long GROWTH = 96L << 20; // each store may hold some thousand things by then, each audit 10 MB
    private static final Pattern INSIDES = Pattern.compile(
            "Exception|\\bat (java|yunqi|org|com)\\.|java\\.|jackson|PSQL|jetty|\"this\\.|Cannot invoke");

    private final Map<Integer, Integer> statuses = new ConcurrentSkipListMap<>();

    @Test
    void whateverComesIsAnswered() throws Exception {
        long seed = Long.getLong("yunqi.fuzz.seed", System.currentTimeMillis());
        System.out.println("fuzz: -Dyunqi.fuzz.seed=" + seed + " repeats this");
        List<Lane> lanes = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(LANES)) {
            for (int i = 0; i < LANES; i++) {
                lanes.add(new Lane((i % 2 == 0 ? FIXED : seed) + i / 2));
            }
            int warm = REQUESTS / LANES / 5;
            all(threads, lanes, warm);
            long before = used();
            all(threads, lanes, REQUESTS / LANES - warm);
            assertThat(used() - before)
                    .as("memory after " + REQUESTS + " requests")
                    .isLessThan(GROWTH);
            for (Lane lane : lanes) {
                assertThat(lane.api.get("/healthz").status()).isEqualTo(200);
            }
        } finally {
            for (Lane lane : lanes) {
                lane.close();
            }
        }
        System.out.println("fuzz: answers by status " + statuses);
        assertThat(statuses.getOrDefault(201, 0))
                .as("requests that got through")
                .isGreaterThan(200);
        assertThat(statuses.getOrDefault(422, 0))
                .as("requests that got as far as the fields")
                .isGreaterThan(2_000);
    }

    private static void all(ExecutorService threads, List<Lane> lanes, int requests) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (Lane lane : lanes) {
            running.add(threads.submit(() -> {
                lane.run(requests);
                return lane;
            }));
        }
        for (Future<?> lane : running) {
            lane.get();
        }
    }

    /** One client and its server. */
    private final class Lane implements AutoCloseable {
        private final long seed;
        private final MemoryStore store = new MemoryStore(Instant::now);
        private final ApiForTests api = ApiForTests.on(store, Instant::now);
        private final RawClient client =
                new RawClient(ApiForTests.trusting(api.authority), api.uri("/").getPort());
        private final Nonsense nonsense;
        private int done;

        Lane(long seed) throws Exception {
            this.seed = seed;
            this.nonsense = new Nonsense(new SplittableRandom(seed), api.routes());
            api.image("busybox", "container", "16MiB");
            api.image("tiny", "vm", "96MiB");
        }

        void run(int requests) throws Exception {
            for (int end = done + requests; done < end; done++) {
                Nonsense.Request request = nonsense.next(api.token);
                long version = store.version();
                RawClient.Answer answer = client.ask(request.head(), request.body(), request.answerHasBody());
                statuses.merge(answer.status(), 1, Integer::sum);
                check("seed " + seed + ", request " + done + ": " + request.words(), request, answer);
                if (answer.status() >= 400 && store.version() != version) {
                    throw new AssertionError("a refused request changed something: " + request.words());
                }
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            api.close();
        }
    }

    private static void check(String what, Nonsense.Request request, RawClient.Answer answer) {
        if (answer.status() < 200 || answer.status() > 499) {
            throw new AssertionError(what + " → " + answer.status() + " " + answer.text());
        }
        if (answer.status() < 400 || !request.answerHasBody()) {
            return;
        }
        assertThat(answer.header("Content-Type")).as(what).startsWith("application/problem+json");
        JsonNode problem = Wire.read("answer", answer.text(), JsonNode.class);
        assertThat(problem.path("code").asText()).as(what).matches("[a-z0-9-]+");
        assertThat(problem.path("detail").asText()).as(what).isNotEmpty();
        if (answer.status() == 422) {
            assertThat(problem.path("field").asText())
                    .as(what + " → " + answer.text())
                    .isNotEmpty();
        }
        assertThat(answer.text()).as(what).doesNotContainPattern(INSIDES);
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}

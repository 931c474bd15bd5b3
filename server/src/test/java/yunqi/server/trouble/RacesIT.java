package yunqi.server.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.Tenants.made;
import static yunqi.server.Tenants.together;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.drivers.fake.FakeNetworks;
import yunqi.drivers.fake.Faults;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Ports;
import yunqi.server.ApiForTests;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.Tenants;
import yunqi.server.control.Control;
import yunqi.server.control.Decided;
import yunqi.server.control.HostWork;
import yunqi.server.control.InstanceWork;
import yunqi.server.control.NetworkWork;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresStore;

/** Two hundred who want the same at once, through the API and on PostgreSQL: one gets it, and the others learn why they don't. */
final class RacesIT {
    private static final Path ROOT = Path.of("/tmp/yq-races-" + System.getProperty("user.name"));
    private static final Duration QUICK = Duration.ofSeconds(20);
    private static final int MANY = 200;
    private static final String INSTANCES = "/v1/projects/default/instances/";

    private final PostgresProcess process = new PostgresProcess(ROOT, Ports.free());

    @BeforeEach
    @AfterEach
    void clear() throws Exception {
        if (Files.exists(ROOT)) {
            process.pid().flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
            process.stop(QUICK);
            Command.must(QUICK, List.of("rm", "-rf", ROOT.toString()));
        }
    }

    @Test
    void aNameAndTheLastAddressGoToOne() throws Exception {
        Time time = new Time();
        PostgresStore store = PostgresStore.open(process.start(), () -> time.now);
        try (ApiForTests api =
                new ApiForTests(store, () -> time.now, URI.create("http://127.0.0.1:1"), store.audit())) {
            api.image("busybox", "container", "16MiB");
            oneName(api);
            lastAddress(api, store, time);
        }
    }

    private static final class Time {
        private volatile Instant now = ApiForTests.BEGIN;
    }

    private static void oneName(ApiForTests api) throws Exception {
        List<Answer> answers = together(
                MANY,
                i -> api.put(INSTANCES + "one", instance("default", "\"WHO\":\"" + i + "\""), "If-None-Match", "*"));
        Answer won = answers.stream()
                .filter(answer -> answer.status() == 201)
                .findFirst()
                .orElseThrow();
        assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(1);
        assertThat(answers)
                .filteredOn(answer -> answer.status() == 409)
                .hasSize(MANY - 1)
                .allMatch(answer -> answer.at("/code").equals("name-taken"), "says that the name is taken");
        Answer there = api.get(INSTANCES + "one");
        assertThat(there.at("/spec/env/WHO")).isEqualTo(won.at("/spec/env/WHO"));
        assertThat(there.at("/generation")).isEqualTo("1");
    }

    private static void lastAddress(ApiForTests api, PostgresStore store, Time time) throws Exception {
        made(api.put("/v1/projects/default/networks/tight", "{\"spec\":{\"cidr\":\"10.99.0.0/29\"}}"));
        api.host("host-1", 200, Bytes.gibibytes(200), time.now);
        Decided decided = new Decided();
        InstanceWork instances = new InstanceWork(store, decided);
        try (Control control = new Control(
                store,
                () -> time.now,
                "server-1",
                List.of(
                        instances,
                        new NetworkWork(store, decided, new FakeNetworks(Faults.NONE)),
                        new HostWork(store, decided, instances)))) {
            for (int i = 0; i < 4; i++) { // of the five that are left by the gateway and the ends of the block
                made(api.put(INSTANCES + "early-" + i, instance("tight", "")));
            }
            settle(control, time);
            assertThat(api.get("/v1/projects/default/networks/tight").at("/status/taken"))
                    .isEqualTo("4");
            together(MANY, i -> api.put(INSTANCES + "late-" + i, instance("tight", "")))
                    .forEach(Tenants::made);
            settle(control, time);
        }
        int placed = 0;
        for (int i = 0; i < MANY; i++) {
            Answer late = api.get(INSTANCES + "late-" + i);
            if (late.at("/status/message").contains("network 'tight' has no free address")) {
                continue;
            }
            assertThat(late.at("/status/host")).as(late.text()).isEqualTo("host-1");
            placed++;
        }
        assertThat(placed).isEqualTo(1);
    }

    private static String instance(String network, String env) {
        return "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\",\"flavor\":\"tiny\",\"networks\":[{\"network\":\""
                + network + "\"}],\"env\":{" + env + "}}}";
    }

    private static void settle(Control control, Time time) {
        for (int i = 0; i < 10; i++) {
            control.step();
            time.now = time.now.plusSeconds(2);
        }
    }
}

package yunqi.core.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.core.instance.Some.decided;
import static yunqi.core.instance.Some.instance;
import static yunqi.core.instance.Some.spec;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import yunqi.core.host.Host;
import yunqi.core.host.HostSeen;
import yunqi.core.instance.Instances.InstanceStatus;
import yunqi.core.instance.Instances.Resolved;

/** Whatever is wanted, decided and seen: no state without words, and no word that isn't so. */
class InstanceWordsLaws {
    private static final int TRIES = 20_000;
    private static final Set<String> SETTLED = Set.of("running", "stopped", "completed", "failed");
    private static final Set<String> STATES = Set.of(
            "waiting",
            "starting",
            "preparing",
            "running",
            "updating",
            "restarting",
            "stopping",
            "stopped",
            "crashed",
            "completed",
            "failed",
            "deleting",
            "unknown");

    private final Random random = new Random(20261122);

    private <T> T one(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private InstanceSeen seen() {
        return new InstanceSeen(
                Some.HOST,
                1 + random.nextInt(2),
                one(List.of(Phase.values())),
                random.nextBoolean(),
                one(List.of(Optional.empty(), Optional.of(Some.NOW))),
                Optional.empty(),
                one(List.of(Optional.empty(), Optional.of(Some.NOW))),
                one(List.of(Optional.empty(), Optional.of(0), Optional.of(137))),
                random.nextInt(3),
                one(List.of(Optional.empty(), Optional.of(Some.NOW))),
                one(List.of("", "starts it")),
                one(List.of("", "no disk")),
                random.nextInt(2),
                one(List.of("", "plan", "old plan")),
                one(List.of(Optional.empty(), Optional.of("boot"), Optional.of("other boot"))),
                one(List.of(Optional.empty(), Optional.of(new Ending(Some.NOW, Optional.of(137), "out of memory")))));
    }

    private Host host() {
        HostSeen seen = new HostSeen(
                one(List.of(Optional.empty(), Optional.of(InstanceWordsTest.FACTS))),
                one(List.of(Optional.empty(), Optional.of(Some.NOW), Optional.of(Instant.EPOCH))),
                one(List.of(List.of(), List.of(new HostSeen.EngineSeen("dockerd", false, 1, "killed")))),
                List.of(),
                one(List.of(Optional.empty(), Optional.of("boot"))),
                one(List.of(Optional.empty(), Optional.empty(), Optional.of(Some.NOW))));
        return InstanceWordsTest.host(seen);
    }

    private Instance thing(Optional<InstanceSeen> seen) {
        Optional<InstanceDecided.Waiting> wait = one(List.of(
                Optional.empty(),
                Optional.of(new InstanceDecided.Waiting("no-room", "h1: full", Some.NOW, Some.NOW.plusSeconds(10)))));
        InstanceDecided decided = one(List.of(InstanceDecided.NOTHING, decided(), decided()));
        InstanceSpec spec = spec(one(List.of(RestartPolicy.values())))
                .withRunning(random.nextInt(4) > 0)
                .withRestarts(random.nextInt(2));
        return instance(random.nextInt(5) > 0, spec, decided.waitingFor(wait), seen);
    }

    @Test
    void noStateIsShownWithoutWords() {
        Set<String> met = new TreeSet<>();
        for (int i = 0; i < TRIES; i++) {
            Optional<InstanceSeen> seen = random.nextInt(5) > 0 ? Optional.of(seen()) : Optional.empty();
            Instance instance = thing(seen);
            Optional<Host> host = random.nextInt(10) > 0 ? Optional.of(host()) : Optional.empty();
            Resolved resolved = new Resolved(Optional.of(Some.SMALL), Optional.of("plan"));
            InstanceStatus status = Instances.status(instance, resolved, host, Some.NOW);
            met.add(status.state());
            assertThat(STATES).contains(status.state());
            assertThat(status.message()).as(status.state()).isNotBlank().doesNotContain("null", "Optional", "; ;");
            if (!SETTLED.contains(status.state())) {
                assertThat(status.message())
                        .as("who does what next in state %s", status.state())
                        .containsAnyOf(
                                "waits", "tried again", "again", "host ", "asked to end", "forgotten", "its host");
            }
            if (status.state().equals("running")) {
                InstanceSeen last = Instances.current(instance).orElseThrow();
                assertThat(last.ready() && last.phase() == Phase.RUNNING).isTrue();
                assertThat(last.applied()).isEqualTo("plan");
                assertThat(host).isPresent();
                assertThat(host.get().seen().down()).isEmpty();
                assertThat(last.boot().isEmpty()
                                || last.boot().equals(host.get().seen().boot()))
                        .isTrue();
            }
        }
        assertThat(met).isEqualTo(new TreeSet<>(STATES));
    }
}

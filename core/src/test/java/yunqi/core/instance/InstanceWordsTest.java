package yunqi.core.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.core.instance.Some.decided;
import static yunqi.core.instance.Some.instance;
import static yunqi.core.instance.Some.seen;
import static yunqi.core.instance.Some.spec;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.Host;
import yunqi.core.host.HostDecided;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostSeen;
import yunqi.core.host.HostSpec;
import yunqi.core.host.Hosts;
import yunqi.core.instance.Instances.InstanceStatus;
import yunqi.core.instance.Instances.Resolved;

class InstanceWordsTest {
    private static final Resolved SMALL = new Resolved(Optional.of(Some.SMALL), Optional.of("plan"));
    static final HostFacts FACTS = new HostFacts(
            "h1",
            "amd64",
            "6.1",
            "Debian 12",
            "boot",
            4,
            Bytes.gibibytes(8),
            List.of(),
            "v2",
            new HostFacts.Kvm(false, ""),
            new TreeMap<>(),
            "1");

    static Host host(HostSeen seen) {
        Meta meta = new Meta(
                Some.HOST.value(),
                Optional.empty(),
                new Name("h1"),
                Labels.NONE,
                1,
                0,
                0,
                0,
                Some.NOW,
                Optional.empty());
        return new Host(meta, HostSpec.FIRST, HostDecided.FIRST, seen);
    }

    private static HostSeen heard(Instant contact, Optional<String> boot, Optional<Instant> down) {
        return new HostSeen(Optional.of(FACTS), Optional.of(contact), List.of(), List.of(), boot, down);
    }

    private static final HostSeen WELL = heard(Some.NOW, Optional.of("boot"), Optional.empty());

    private static InstanceStatus status(Instance instance, HostSeen seen) {
        return Instances.status(instance, SMALL, Optional.of(host(seen)), Some.NOW);
    }

    private static String state(Instance instance) {
        return status(instance, WELL).state();
    }

    private static Instance running(InstanceSeen seen) {
        return instance(true, spec(), decided(), Optional.of(seen));
    }

    @Test
    void theStatusIsOneWordAndASentence() {
        assertThat(state(instance(true, spec(), InstanceDecided.NOTHING, Optional.empty())))
                .isEqualTo("waiting");
        assertThat(state(instance(true, spec(), decided(), Optional.empty()))).isEqualTo("starting");
        assertThat(state(running(seen(Phase.RUNNING, true)))).isEqualTo("running");
        assertThat(state(instance(true, spec().withRestarts(1), decided(), Optional.of(seen(Phase.RUNNING, true)))))
                .isEqualTo("restarting");
        assertThat(state(instance(false, spec(), decided(), Optional.of(seen(Phase.RUNNING, true)))))
                .isEqualTo("deleting");
        assertThat(state(instance(
                        true,
                        spec(RestartPolicy.NEVER),
                        decided(),
                        Optional.of(seen(Phase.STOPPED, false, Optional.of(3), 1, "")))))
                .isEqualTo("failed");
        InstanceDecided waits = InstanceDecided.NOTHING.waitingFor(
                Optional.of(new InstanceDecided.Waiting("no-room", "h1: full", Some.NOW, Some.NOW.plusSeconds(30))));
        assertThat(status(instance(true, spec(), waits, Optional.empty()), WELL).message())
                .contains("no-room", "h1: full", "2026-01-01T00:00:30Z");
    }

    @Test
    void whatASilentHostSaidDoesNotCount() {
        Instant longAgo = Some.NOW.minus(Hosts.SILENCE).minusSeconds(1);
        InstanceStatus silent =
                status(running(seen(Phase.RUNNING, true)), heard(longAgo, Optional.of("boot"), Optional.empty()));
        assertThat(silent.state()).isEqualTo("unknown");
        assertThat(silent.message()).contains("was running", "h1 has not been heard since " + longAgo);
        assertThat(silent.since()).isEqualTo(longAgo);

        InstanceStatus gone = Instances.status(running(seen(Phase.RUNNING, true)), SMALL, Optional.empty(), Some.NOW);
        assertThat(gone.state()).isEqualTo("unknown");
    }

    @Test
    void aShortSilenceChangesNothing() {
        Instant justNow = Some.NOW.minus(Hosts.SILENCE).plusSeconds(1);
        HostSeen shortSilence = heard(justNow, Optional.of("boot"), Optional.empty());
        assertThat(status(running(seen(Phase.RUNNING, true)), shortSilence).state())
                .isEqualTo("running");
    }

    @Test
    void whatWasSeenBeforeABootOrBeforeTheSiteWasDownDoesNotCount() {
        Instance ready = running(seen(Phase.RUNNING, true));
        InstanceStatus booted = status(ready, heard(Some.NOW, Optional.of("next boot"), Optional.empty()));
        assertThat(booted.state()).isEqualTo("unknown");
        assertThat(booted.message()).contains("was running", "h1 was started anew since");

        InstanceStatus unheard = status(ready, WELL.unheard());
        assertThat(unheard.state()).isEqualTo("unknown");
        assertThat(unheard.message()).contains("was running", "not been heard since " + Some.NOW);

        InstanceStatus down = status(ready, heard(Some.NOW, Optional.of("next"), Optional.of(Some.NOW)));
        assertThat(down.state()).isEqualTo("unknown");
        assertThat(down.message()).contains("was running", "taken down at " + Some.NOW, "yunqi up");
    }

    @Test
    void aDeletedOneSaysWhyItIsStillThere() {
        Instance deleted = instance(false, spec(), decided(), Optional.of(seen(Phase.RUNNING, true)));
        InstanceStatus status = status(deleted, heard(Instant.EPOCH, Optional.of("boot"), Optional.empty()));
        assertThat(status.state()).isEqualTo("deleting");
        assertThat(status.message()).contains("h1 to remove it", "not been heard");
    }

    @Test
    void itIsNotRunningAsWishedBeforeTheLastChangeIsApplied() {
        Instance ready = running(seen(Phase.RUNNING, true));
        Resolved changed = new Resolved(Optional.of(Some.SMALL), Optional.of("changed plan"));
        Optional<Host> well = Optional.of(host(WELL));
        InstanceStatus told = Instances.status(ready, changed, well, Some.NOW);
        assertThat(told.state()).isEqualTo("updating");
        assertThat(told.message()).contains("host h1 is told to apply it");
        assertThat(Instances.next(ready, changed)).isEqualTo(new Step.Wait(Instances.PATIENCE));

        Resolved larger = new Resolved(Optional.of(Some.LARGE), Optional.of("plan"));
        assertThat(Instances.status(ready, larger, well, Some.NOW).state()).isEqualTo("updating");

        InstanceDecided held = decided()
                .waitingFor(Optional.of(new InstanceDecided.Waiting("no-room", "too large", Some.NOW, Some.NOW)));
        InstanceStatus waits = Instances.status(
                instance(true, spec(), held, Optional.of(seen(Phase.RUNNING, true))), larger, well, Some.NOW);
        assertThat(waits.state()).isEqualTo("updating");
        assertThat(waits.message()).contains("no-room: too large");

        Instance stopped =
                instance(true, spec().withRunning(false), decided(), Optional.of(seen(Phase.STOPPED, false)));
        assertThat(Instances.status(stopped, changed, well, Some.NOW).state()).isEqualTo("updating");
        assertThat(state(stopped)).isEqualTo("stopped");
    }

    @Test
    void whatTheEngineSaysOfAnEndIsShown() {
        InstanceSeen ended = seen(Phase.STOPPED, false, Optional.of(137), 2, "");
        InstanceSeen killed = new InstanceSeen(
                ended.host(),
                ended.epoch(),
                ended.phase(),
                ended.ready(),
                ended.started(),
                ended.readyAt(),
                ended.finished(),
                ended.exitCode(),
                ended.crashes(),
                Optional.of(Some.NOW.plusSeconds(2)),
                "",
                "",
                0,
                "plan",
                Optional.of("boot"),
                Optional.of(new Ending(Some.NOW, Optional.of(137), "out of memory")));
        InstanceStatus status = status(running(killed), WELL);
        assertThat(status.state()).isEqualTo("crashed");
        assertThat(status.message()).contains("exit code 137 (out of memory)", "2 times", "00:00:02Z");
    }

    @Test
    void anEngineThatIsAwayIsNamed() {
        HostSeen away = new HostSeen(
                Optional.of(FACTS),
                Optional.of(Some.NOW),
                List.of(
                        new HostSeen.EngineSeen("dockerd", false, 3, "exit code 1"),
                        new HostSeen.EngineSeen("libvirtd", false, 3, "no disk")),
                List.of(new UUID(9, 9)),
                Optional.of("boot"),
                Optional.empty());
        assertThat(status(running(seen(Phase.RUNNING, true)), away).message())
                .as("of the engines only the one that it needs")
                .containsAnyOf("dockerd on h1 does not run: exit code 1", "libvirtd on h1 does not run: no disk");
        assertThat(status(running(seen(Phase.RUNNING, true, Optional.empty(), 0, "no disk")), WELL)
                        .message())
                .contains("last trouble: no disk");
    }
}

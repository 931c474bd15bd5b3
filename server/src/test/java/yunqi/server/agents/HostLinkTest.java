package yunqi.server.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.base.Event;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSeen;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Link;

final class HostLinkTest {
    private final Site site = new Site();
    private final HostLink link = new HostLink(site.store, site.clock);
    private final HostId here = site.host("here");
    private final HostId there = site.host("there");

    @Test
    void aHostIsFirstToldEverythingThenOnlyWhatChanged() {
        UUID one = site.instanceOn(here, "one");
        UUID two = site.instanceOn(here, "two");
        site.instanceOn(there, "three");
        site.instance("unplaced");

        Link.Assignments first = link.assignments(here, 0).orElseThrow();
        assertThat(first.full()).isTrue();
        assertThat(first.hostEpoch()).isEqualTo(1);
        assertThat(first.assignments()).extracting(a -> a.id().value()).containsExactlyInAnyOrder(one, two);
        assertThat(link.assignments(here, first.version())).isEmpty();

        site.declare(one, Site.spec().withRunning(false));
        UUID four = site.instanceOn(here, "four");
        Link.Assignments second = link.assignments(here, first.version()).orElseThrow();
        assertThat(second.full()).isFalse();
        assertThat(second.version()).isGreaterThan(first.version());
        assertThat(second.assignments()).extracting(a -> a.id().value()).containsExactlyInAnyOrder(one, four);
        assertThat(wanted(second, one)).isEqualTo(Assignment.Wanted.STOPPED);
        assertThat(second.gone()).isEmpty();
    }

    @Test
    void aDeletedInstanceIsToBeAbsentAndAForgottenOneIsGone() {
        UUID one = site.instanceOn(here, "one");
        long version = link.assignments(here, 0).orElseThrow().version();

        site.delete(one);
        Link.Assignments deleted = link.assignments(here, version).orElseThrow();
        assertThat(wanted(deleted, one)).isEqualTo(Assignment.Wanted.ABSENT);
        site.remove(one);
        Link.Assignments removed = link.assignments(here, deleted.version()).orElseThrow();
        assertThat(removed.assignments()).isEmpty();
        assertThat(removed.gone()).containsExactly(one);
    }

    @Test
    void anInstanceThatGoesToAnotherHostIsGoneFromTheFirst() {
        UUID one = site.instanceOn(here, "one");
        long version = link.assignments(here, 0).orElseThrow().version();
        long other = link.assignments(there, 0).orElseThrow().version();

        site.decide(one, Optional.of(there), 2);

        assertThat(link.assignments(here, version).orElseThrow().gone()).containsExactly(one);
        assertThat(link.assignments(there, other).orElseThrow().assignments())
                .extracting(Assignment::epoch)
                .containsExactly(2L);
    }

    @Test
    void aVersionThatWasNotTheLastGivenIsAnsweredInFull() {
        UUID one = site.instanceOn(here, "one");
        long lost = link.assignments(here, 0).orElseThrow().version();
        site.instanceOn(here, "two");
        assertThat(link.assignments(here, lost)).isPresent();

        assertThat(link.assignments(here, lost).orElseThrow().full()).isTrue();
        Link.Assignments restarted = new HostLink(site.store, site.clock)
                .assignments(here, 1_000_000)
                .orElseThrow();
        assertThat(restarted.full()).isTrue();
        assertThat(restarted.assignments()).extracting(a -> a.id().value()).contains(one);
    }

    @Test
    void whatOnlyOthersConcernsIsNotTold() {
        long version = link.assignments(here, 0).orElseThrow().version();

        site.instanceOn(there, "one");
        site.instance("two");
        link.observe(here, observation(1, true, Map.of()));

        assertThat(link.assignments(here, version)).isEmpty();
    }

    @Test
    void aHostThatGetsANewEpochIsToldSo() {
        long version = link.assignments(here, 0).orElseThrow().version();
        site.hostEpoch(here, 2);

        assertThat(link.assignments(here, version).orElseThrow().hostEpoch()).isEqualTo(2);
        assertThat(link.observe(here, observation(1, true, Map.of())).resend()).isTrue();
        assertThat(site.hostRow(here).seen()).isEqualTo(HostSeen.NOTHING);
        assertThat(link.observe(here, observation(2, true, Map.of())).resend()).isFalse();
    }

    @Test
    void thePlanSaysAllThatWasDecidedAndItsDigestIsApplied() {
        UUID one = site.instanceOn(here, "one");

        Assignment assignment =
                link.assignments(here, 0).orElseThrow().assignments().getFirst();

        assertThat(assignment.applied()).isEqualTo(Digests.of(assignment.plan()));
        assertThat(assignment.plan().nics()).isEqualTo(site.read(one).decided().nics());
        assertThat(assignment.plan().command()).containsExactly("sleep", "infinity");
        assertThat(assignment.plan().project().value()).isEqualTo("demo");
        assertThat(assignment.wanted()).isEqualTo(Assignment.Wanted.RUNNING);
    }

    @Test
    void whatIsSeenIsWrittenOnceAndOnlyWhenItChanged() {
        UUID one = site.instanceOn(here, "one");
        Map<UUID, InstanceSeen> all = Map.of(one, Site.seen(here, 1, Phase.PREPARING));
        assertThat(link.observe(here, observation(1, true, all)).resend()).isFalse();
        assertThat(site.read(one).seen()).contains(all.get(one));
        long observed = site.read(one).meta().observation();

        assertThat(link.observe(here, observation(1, true, all)).resend()).isFalse();
        assertThat(site.read(one).meta().observation()).isEqualTo(observed);

        Map<UUID, InstanceSeen> running = Map.of(one, Site.seen(here, 1, Phase.RUNNING));
        assertThat(link.observe(here, observation(1, false, running)).resend()).isFalse();
        assertThat(site.read(one).seen()).contains(running.get(one));
    }

    @Test
    void aPartThatWentMissingIsAskedForAgain() {
        UUID one = site.instanceOn(here, "one");
        UUID two = site.instanceOn(here, "two");
        InstanceSeen stopped = Site.seen(here, 1, Phase.STOPPED);
        Map<UUID, InstanceSeen> all = Map.of(one, Site.seen(here, 1, Phase.RUNNING), two, stopped);
        Link.Observation part = part(Map.of(two, stopped), all);

        assertThat(link.observe(here, part).resend()).isTrue();
        assertThat(link.observe(here, observation(1, true, all)).resend()).isFalse();
        assertThat(link.observe(here, part).resend()).isFalse();
        assertThat(site.read(one).seen()).contains(all.get(one));
    }

    @Test
    void aHostIsNowAndThenAskedForEverything() {
        UUID one = site.instanceOn(here, "one");
        Map<UUID, InstanceSeen> all = Map.of(one, Site.seen(here, 1, Phase.RUNNING));
        assertThat(link.observe(here, observation(1, true, all)).resend()).isFalse();
        // An older report of its, which came late over another server.
        new HostLink(site.store, site.clock)
                .observe(here, observation(1, true, Map.of(one, Site.seen(here, 1, Phase.PREPARING))));
        Link.Observation nothingNew = part(Map.of(), all);
        assertThat(link.observe(here, nothingNew).resend()).isFalse();
        site.pass(Observations.EVERYTHING.plusSeconds(1));
        assertThat(link.observe(here, nothingNew).resend()).isTrue();
        assertThat(link.observe(here, observation(1, true, all)).resend()).isFalse();
        assertThat(site.read(one).seen()).contains(all.get(one));
    }

    @Test
    void whatAHostThatLookedAtEverythingDoesNotTellIsNotKnownToBeThere() {
        UUID one = site.instanceOn(here, "one");
        UUID two = site.instanceOn(here, "two");
        UUID other = site.instanceOn(there, "other");
        InstanceSeen runs = Site.seen(here, 1, Phase.RUNNING);
        link.observe(here, observation(1, true, Map.of(one, runs, two, runs)));
        link.observe(there, observation(1, true, Map.of(other, Site.seen(there, 1, Phase.RUNNING))));

        // The agent was started again and has not looked at anything yet.
        link.observe(here, incomplete(Map.of()));
        assertThat(site.read(one).seen()).contains(runs);
        // Now it has, and knows only one of them.
        link.observe(here, observation(1, true, Map.of(one, runs)));
        assertThat(site.read(one).seen()).contains(runs);
        assertThat(site.read(two).seen()).isEmpty();
        assertThat(site.read(other).seen()).as("another host's").isPresent();
    }

    @Test
    void whatIsSeenIsTold() {
        UUID one = site.instanceOn(here, "one");
        link.observe(here, observation(1, true, Map.of(one, Site.seen(here, 1, Phase.PREPARING))));
        link.observe(here, observation(1, true, Map.of(one, Site.seen(here, 1, Phase.RUNNING))));
        link.observe(here, observation(1, true, Map.of(one, Site.seen(here, 1, Phase.RUNNING))));
        link.observe(here, observation(1, true, Map.of(one, Site.seen(here, 1, Phase.STOPPED))));
        link.observe(here, observation(1, true, Map.of(one, Site.seen(here, 1, Phase.RUNNING))));
        assertThat(site.store.story(one).events())
                .extracting(Event::what, Event::count)
                .containsExactly(tuple("preparing", 1), tuple("stopped", 1), tuple("started", 2), tuple("ready", 2));
        link.observe(here, farewell());
        assertThat(site.store.story(here.value()).events())
                .extracting(Event::what)
                .containsExactly("down");
    }

    @Test
    void aHostThatIsTakenDownSaysSoUntilItIsBack() {
        link.observe(here, observation(1, true, Map.of()));
        assertThat(site.hostRow(here).seen().boot()).contains("boot");
        link.observe(here, farewell());
        assertThat(site.hostRow(here).seen().boot()).contains("next");
        assertThat(site.hostRow(here).seen().down()).isPresent();
        link.observe(here, observation(1, true, Map.of()));
        assertThat(site.hostRow(here).seen().down()).isEmpty();
    }

    private static Link.Observation incomplete(Map<UUID, InstanceSeen> all) {
        Link.Observation whole = observation(1, true, all);
        return new Link.Observation(
                1,
                "boot",
                true,
                whole.seen(),
                List.of(),
                whole.digest(),
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                false);
    }

    private static Link.Observation farewell() {
        return new Link.Observation(
                1,
                "next",
                true,
                List.of(),
                List.of(),
                Digests.ofSeen(Map.of()),
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                true);
    }

    @Test
    void whatIsNoLongerSeenLeavesTheDigest() {
        UUID one = site.instanceOn(here, "one");
        link.observe(here, observation(1, true, Map.of(one, Site.seen(here, 1, Phase.ABSENT))));

        Link.Observation gone = new Link.Observation(
                1,
                "boot",
                false,
                List.of(),
                List.of(one),
                Digests.ofSeen(Map.of()),
                Optional.empty(),
                List.of(),
                List.of(),
                true,
                false);

        assertThat(link.observe(here, gone).resend()).isFalse();
    }

    @Test
    void whatIsSaidOfAnothersInstanceOrAnotherRunIsIgnored() {
        UUID mine = site.instanceOn(here, "mine");
        UUID theirs = site.instanceOn(there, "theirs");
        site.decide(mine, Optional.of(here), 2);

        link.observe(
                here,
                observation(
                        1,
                        true,
                        Map.of(
                                mine,
                                Site.seen(here, 1, Phase.RUNNING),
                                theirs,
                                Site.seen(here, 1, Phase.RUNNING),
                                UUID.randomUUID(),
                                Site.seen(here, 1, Phase.RUNNING))));

        assertThat(site.read(mine).seen()).isEmpty();
        assertThat(site.read(theirs).seen()).isEmpty();
    }

    @Test
    void theContactIsWrittenEveryTenSecondsAndNewsAtOnce() {
        link.observe(here, observation(1, true, Map.of()));
        assertThat(site.hostRow(here).seen().lastContact()).contains(Site.START);
        long observed = site.hostRow(here).meta().observation();

        site.pass(Duration.ofSeconds(5));
        link.observe(here, observation(1, true, Map.of()));
        assertThat(site.hostRow(here).meta().observation()).isEqualTo(observed);
        assertThat(link.lastContact(here)).contains(Site.START.plusSeconds(5));

        Link.Observation news = new Link.Observation(
                1,
                "boot",
                true,
                List.of(),
                List.of(),
                Digests.ofSeen(Map.of()),
                Optional.of(facts()),
                List.of(new HostSeen.EngineSeen("dockerd", true, 0, "")),
                List.of(UUID.randomUUID()),
                true,
                false);
        link.observe(here, news);
        assertThat(site.hostRow(here).seen().facts()).contains(facts());
        assertThat(site.hostRow(here).seen().engines()).hasSize(1);
        assertThat(site.hostRow(here).seen().orphans()).hasSize(1);

        site.pass(Duration.ofSeconds(11));
        link.observe(here, news);
        assertThat(site.hostRow(here).seen().lastContact()).contains(Site.START.plusSeconds(16));
        assertThat(site.hostRow(here).seen().facts()).contains(facts());
        assertThat(link.lastContact(there)).isEmpty();
    }

    @Test
    void manyInstancesAreToldAndHeardPageByPage() {
        Map<UUID, InstanceSeen> all = new TreeMap<>();
        for (int i = 0; i < 1_100; i++) {
            all.put(site.instanceOn(here, "i" + i), Site.seen(here, 1, Phase.RUNNING));
        }

        assertThat(link.assignments(here, 0).orElseThrow().assignments()).hasSize(1_100);
        link.observe(here, observation(1, true, all));

        all.forEach((id, seen) -> assertThat(site.read(id).seen()).contains(seen));
    }

    private static Assignment.Wanted wanted(Link.Assignments assignments, UUID id) {
        return assignments.assignments().stream()
                .filter(a -> a.id().value().equals(id))
                .findFirst()
                .orElseThrow()
                .wanted();
    }

    static Link.Observation observation(long epoch, boolean full, Map<UUID, InstanceSeen> all) {
        return observation(epoch, full, all, all);
    }

    /** What is told is part of all that is seen. */
    private static Link.Observation part(Map<UUID, InstanceSeen> told, Map<UUID, InstanceSeen> all) {
        return observation(1, false, told, all);
    }

    static Link.Observation observation(
            long epoch, boolean full, Map<UUID, InstanceSeen> told, Map<UUID, InstanceSeen> all) {
        return new Link.Observation(
                epoch,
                "boot",
                full,
                told.entrySet().stream()
                        .map(entry -> new Link.SeenOf(entry.getKey(), entry.getValue()))
                        .toList(),
                List.of(),
                Digests.ofSeen(all),
                Optional.empty(),
                List.of(),
                List.of(),
                true,
                false);
    }

    private static HostFacts facts() {
        return new HostFacts(
                "h1",
                "amd64",
                "6.1",
                "Debian 12",
                "boot",
                2,
                Bytes.gibibytes(4),
                List.of(new HostFacts.Disk("/", Bytes.gibibytes(20), Bytes.gibibytes(10))),
                "v2",
                new HostFacts.Kvm(false, "no /dev/kvm"),
                new TreeMap<>(Map.of("docker", "20.10")),
                "0.1.0");
    }
}

package yunqi.server.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Event;
import yunqi.core.host.Host;
import yunqi.core.host.HostId;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.Instances;
import yunqi.core.instance.Phase;
import yunqi.core.network.NicPlan;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.OrphanTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Amounts;
import yunqi.server.store.Era;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/**
 * What becomes of instances after the database went back to an older state. What a host holds is the truth about it: a placement that was forgotten is taken up again, a deletion that was forgotten is
 * recorded again, and what was changed meanwhile is left as its host has it, until somebody wishes anew. Nothing that is older than the era is placed before every host has told what it holds.
 */
final class Recovery {
    /** New instances wait so long for hosts that say nothing. Longer than agents' pauses, and than the time after which a host counts as silent. */
    static final Duration GRACE = Duration.ofSeconds(60);

    private final Store store;
    private final Picture picture;
    private Instant since = Instant.MAX;
    private long era;

    Recovery(Store store, Picture picture) {
        this.store = store;
        this.picture = picture;
    }

    /** The hosts that have not told in this era what they hold, by name. */
    List<String> silent() {
        long start = store.era().start();
        return picture.hosts().stream()
                .filter(host -> host.seen().era() < start)
                .map(host -> host.meta().name().value())
                .toList();
    }

    /** True while it is still waited for hosts before anything is given to anybody. */
    synchronized boolean open(Turn turn) {
        Era now = store.era();
        if (!now.forgetful() || silent().isEmpty()) {
            return false;
        }
        if (era != now.start() || turn.now().isBefore(since)) {
            era = now.start();
            since = turn.now();
        }
        return turn.now().isBefore(since.plus(GRACE));
    }

    /** True of what was there before the era began, and was not looked at since. */
    boolean old(Instance instance) {
        return instance.decided().era() < store.era().start();
    }

    /** True if its host has told in this era what it holds. */
    boolean told(HostId id) {
        return picture.host(id.value())
                .filter(host -> host.seen().era() >= store.era().start())
                .isPresent();
    }

    /** Where an instance runs of which no place is decided. */
    Optional<OrphanTable.Orphan> elsewhere(Instance instance) {
        return picture.held(instance.meta().id())
                .filter(orphan -> orphan.held().epoch() > instance.decided().runEpoch());
    }

    /** True if it is being removed there. */
    static boolean ending(OrphanTable.Orphan orphan) {
        return orphan.removed() || orphan.held().wanted() == Assignment.Wanted.ABSENT;
    }

    /** True if its host has removed it on an order that the database has forgotten. */
    boolean deleted(Instance instance) {
        boolean held = picture.held(instance.meta().id())
                .filter(orphan ->
                        Optional.of(orphan.host()).equals(instance.decided().host()))
                .filter(orphan -> orphan.held().wanted() == Assignment.Wanted.ABSENT)
                .isPresent();
        return held
                || Instances.current(instance)
                        .filter(seen -> seen.phase() == Phase.ABSENT)
                        .isPresent();
    }

    /** The deletion is recorded again. */
    List<Write> delete(Instance instance, Turn turn) {
        UUID id = instance.meta().id();
        return List.of(
                turn.guard(),
                new Write.MarkDeleted(id, instance.meta().generation(), turn.now()),
                new Write.Tell(
                        id,
                        Event.of(
                                turn.now(),
                                "deleted",
                                "its host was told to remove it, which the database had forgotten")));
    }

    /** Why it is to be left as its host has it; empty if it may be as it is wanted. */
    Optional<InstanceDecided.Untouched> untouched(Instance instance, Turn turn) {
        Optional<InstanceDecided.Untouched> before = instance.decided().untouched();
        boolean wishedAnew = before.filter(one -> instance.meta().generation() > one.generation())
                .isPresent();
        Optional<OrphanTable.Orphan> held = picture.held(instance.meta().id())
                .filter(orphan ->
                        Optional.of(orphan.host()).equals(instance.decided().host()));
        if (wishedAnew || held.isEmpty()) {
            return Optional.empty();
        }
        return before.or(() -> Optional.of(changed(instance, turn)));
    }

    static InstanceDecided.Untouched changed(Instance instance, Turn turn) {
        return new InstanceDecided.Untouched(
                "it was changed after the state to which the database went back, and is left as it was told to be then; 'yunqi instance restart' or any change makes it as it is specified",
                instance.meta().generation(),
                turn.now());
    }

    /** True if an address of it is held by somebody else meanwhile. */
    boolean displaced(Instance instance) {
        return instance.decided().nics().stream()
                .anyMatch(nic -> picture.heldByAnother(
                        nic.network(), nic.ip(), instance.meta().id()));
    }

    /** Looked at in this era, and left as it is for this reason if there is one. */
    List<Write> confirm(Instance instance, Optional<InstanceDecided.Untouched> reason, Turn turn) {
        UUID id = instance.meta().id();
        List<Write> writes = new ArrayList<>();
        writes.add(turn.guard());
        writes.add(new Write.Decide(
                id,
                instance.meta().generation(),
                instance.meta().decision(),
                Wire.write(instance.decided().confirmed(store.era().start(), reason)),
                instance.decided().host().map(HostId::value)));
        if (reason.isPresent() && instance.decided().untouched().isEmpty()) {
            writes.add(new Write.Tell(
                    id, Event.of(turn.now(), "untouched", reason.get().why())));
        }
        return writes;
    }

    /** It is taken up again where it runs, as it runs. */
    InstanceDecided takenUp(Instance instance, OrphanTable.Orphan orphan, Turn turn) {
        Assignment held = orphan.held();
        return new InstanceDecided(
                Optional.of(orphan.host()),
                held.epoch(),
                Optional.of(held.plan().shape()),
                Optional.of(new InstanceDecided.Chosen(
                        instance.spec().image(),
                        held.plan().image(),
                        held.plan().agent(),
                        held.plan().cloudInit())),
                held.plan().nics(),
                Optional.of(turn.now()),
                picture.host(orphan.host().value())
                                .map(Host::meta)
                                .map(meta -> meta.name().value())
                                .orElse("its host")
                        + ": it runs there, which the database had forgotten",
                Optional.empty());
    }

    /** The writes of {@link #takenUp}: its addresses and its room are its own again. */
    List<Write> takeUp(Instance instance, InstanceDecided choice, Turn turn) {
        UUID id = instance.meta().id();
        UUID host = choice.host().orElseThrow().value();
        List<Write> writes = new ArrayList<>();
        writes.add(turn.guard());
        writes.add(new Write.Decide(
                id, instance.meta().generation(), instance.meta().decision(), Wire.write(choice), Optional.of(host)));
        writes.add(new Write.Tell(id, Event.of(turn.now(), "placed", "on " + choice.why())));
        for (NicPlan nic : choice.nics()) {
            writes.add(new Write.Claim(
                    NetworkTable.addresses(nic.network().value()), nic.ip().toString(), id));
        }
        writes.add(new Write.Charge(
                HostTable.pool(host),
                id,
                Amounts.of(
                        choice.shape().orElseThrow().needs(), 1, choice.nics().size())));
        return writes;
    }

    /** True if what is decided would be told as it was told before. */
    static boolean asHeld(Instance instance, InstanceDecided choice, Assignment held) {
        Instance then = new Instance(instance.meta(), instance.spec(), choice, instance.seen());
        return AssignmentOf.instance(then)
                .filter(own -> own.applied().equals(held.applied()) && own.wanted() == held.wanted())
                .isPresent();
    }
}

package yunqi.server.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Event;
import yunqi.core.host.HostId;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.network.NicPlan;
import yunqi.core.schedule.Placement;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.project.Quotas;
import yunqi.server.store.Amounts;
import yunqi.server.store.Era;
import yunqi.server.store.Write;

/** What is decided by a placement, and how it is told. Pure. */
final class Choices {
    private Choices() {}

    static InstanceDecided placed(Instance instance, Turn turn, Names.Known known, Placement.Placed placed, Era era) {
        return new InstanceDecided(
                Optional.of(placed.host()),
                era.next(instance.decided().runEpoch()),
                Optional.of(known.shape()),
                Optional.of(known.image()),
                known.nics(),
                Optional.of(turn.now()),
                words(placed),
                Optional.empty());
    }

    /** The same place, with the size, image and networks that are known now. */
    static InstanceDecided refitted(Instance instance, Names.Known known) {
        InstanceDecided before = instance.decided();
        return new InstanceDecided(
                before.host(),
                before.runEpoch(),
                Optional.of(known.shape()),
                Optional.of(known.image()),
                known.nics(),
                before.placed(),
                before.why(),
                Optional.empty());
    }

    /** What is decided, its addresses and its charge, in one transaction. */
    static List<Write> writes(Instance instance, Turn turn, InstanceDecided choice, Era era) {
        UUID id = instance.meta().id();
        HostId host = choice.host().orElseThrow();
        List<Write> writes = new ArrayList<>();
        writes.add(turn.guard());
        writes.add(new Write.Decide(
                id,
                instance.meta().generation(),
                instance.meta().decision(),
                Wire.write(choice.confirmed(era.start(), Optional.empty())),
                Optional.of(host.value())));
        boolean same = choice.host().equals(instance.decided().host());
        writes.add(new Write.Tell(
                id,
                same
                        ? Event.of(turn.now(), "decided", "its size, image or networks anew, on the same host")
                        : Event.of(turn.now(), "placed", "on " + shortly(choice.why()))));
        for (NicPlan nic : instance.decided().nics()) {
            if (choice.nics().stream()
                    .noneMatch(other ->
                            other.network().equals(nic.network()) && other.ip().equals(nic.ip()))) {
                writes.add(new Write.Unclaim(
                        NetworkTable.addresses(nic.network().value()), nic.ip().toString(), id));
            }
        }
        choice.nics()
                .forEach(nic -> writes.add(new Write.Claim(
                        NetworkTable.addresses(nic.network().value()), nic.ip().toString(), id)));
        writes.add(new Write.Charge(
                HostTable.pool(host.value()),
                id,
                Amounts.of(
                        choice.shape().orElseThrow().needs(), 1, choice.nics().size())));
        if (instance.decided().shape().isPresent()
                && !instance.decided().shape().equals(choice.shape())) {
            // The operator changed its flavor: it takes from its project's quota what it is now, whether that has room
            // or not.
            writes.add(new Write.Recharge(
                    Quotas.pool(instance.project()),
                    id,
                    Amounts.of(
                            choice.shape().orElseThrow().needs(),
                            1,
                            instance.spec().networks().size())));
        }
        return writes;
    }

    private static String words(Placement.Placed placed) {
        String others = Placement.words(placed.others(), placed.more(), "not ");
        return placed.name() + ": " + placed.reason() + (others.isEmpty() ? "" : "; " + others);
    }

    /** Of why a host was chosen, what is said of that host. */
    static String shortly(String why) {
        int others = why.indexOf("; not ");
        return others < 0 ? why : why.substring(0, others);
    }
}

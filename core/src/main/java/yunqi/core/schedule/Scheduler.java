package yunqi.core.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Bytes;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;

/**
 * Chooses a host. First hosts that cannot are set aside, each with its reason; among the rest the one that would be least full afterwards is
 * taken (its fullest of processor, memory, disk decides: spread), ties by name. Deterministic: the same question has the same answer.
 */
public final class Scheduler {
    private Scheduler() {}

    public static Placement place(Demand demand, List<HostView> hosts) {
        List<Placement.Refusal> refusals = new ArrayList<>();
        List<HostView> able = new ArrayList<>();
        for (HostView host : hosts) {
            Optional<Placement.Refusal> refusal = refusal(demand, host);
            refusal.ifPresentOrElse(refusals::add, () -> able.add(host));
        }
        if (able.isEmpty()) {
            return new Placement.NoRoom(List.copyOf(refusals));
        }
        HostView best = able.getFirst();
        for (HostView host : able) {
            int order = Double.compare(fullness(demand, host), fullness(demand, best));
            if (order < 0 || (order == 0 && host.name().compareTo(best.name()) < 0)) {
                best = host;
            }
        }
        for (HostView host : able) {
            if (!host.id().equals(best.id())) {
                refusals.add(new Placement.Refusal(
                        host.name(),
                        "would be " + percent(fullness(demand, host)) + " full, " + best.name() + " less",
                        false));
            }
        }
        return new Placement.Placed(
                best.id(),
                best.name(),
                "least full afterwards: " + percent(fullness(demand, best)),
                List.copyOf(refusals));
    }

    /** What is said of one host: whether it could hold the demand now, and why, or why not. */
    public record Verdict(Name host, boolean able, String reason) {}

    /** What {@link #place} goes by, host by host: the one that it would take first, then others that could, then those that could not. */
    public static List<Verdict> explain(Demand demand, List<HostView> hosts) {
        List<HostView> able = new ArrayList<>();
        List<Verdict> unable = new ArrayList<>();
        for (HostView host : hosts) {
            refusal(demand, host)
                    .ifPresentOrElse(
                            why -> unable.add(new Verdict(host.name(), false, why.reason())), () -> able.add(host));
        }
        able.sort(Comparator.<HostView>comparingDouble(host -> fullness(demand, host))
                .thenComparing(HostView::name));
        unable.sort(Comparator.comparing(Verdict::host));
        List<Verdict> all = new ArrayList<>();
        for (HostView host : able) {
            String full = percent(fullness(demand, host)) + " full afterwards";
            all.add(new Verdict(host.name(), true, all.isEmpty() ? "the best: " + full : "could hold it: " + full));
        }
        all.addAll(unable);
        return List.copyOf(all);
    }

    private static Optional<Placement.Refusal> refusal(Demand demand, HostView host) {
        Capacity needs = demand.needs();
        Capacity has = host.capacity();
        if (demand.host().isPresent() && !demand.host().get().equals(host.name())) {
            return refuse(host, "another host was asked for", true);
        }
        if (!host.labels().match(demand.hostLabels())) {
            return refuse(
                    host, "has not all of the labels " + demand.hostLabels().pairs(), true);
        }
        if (needs.milliCpus() > has.milliCpus()) {
            return refuse(
                    host,
                    "has " + cpus(has.milliCpus()) + " vCPU in all, " + cpus(needs.milliCpus()) + " needed",
                    true);
        }
        if (needs.memory().compareTo(has.memory()) > 0) {
            return refuse(
                    host,
                    "has " + mebibytes(has.memory()) + " memory in all, " + mebibytes(needs.memory()) + " needed",
                    true);
        }
        if (needs.disk().compareTo(has.disk()) > 0) {
            return refuse(
                    host,
                    "has " + mebibytes(has.disk()) + " disk in all, " + mebibytes(needs.disk()) + " needed",
                    true);
        }
        if (!host.closed().isEmpty()) {
            return refuse(host, host.closed(), false);
        }
        if (!host.engines().contains(demand.engine())) {
            return refuse(host, "its " + demand.engine() + " engine is not running", false);
        }
        Capacity then = host.promised().plus(needs);
        if (then.milliCpus() > has.milliCpus()) {
            return refuse(
                    host,
                    cpus(has.milliCpus() - host.promised().milliCpus()) + " vCPU free, " + cpus(needs.milliCpus())
                            + " needed",
                    false);
        }
        if (then.memory().compareTo(has.memory()) > 0) {
            return refuse(
                    host,
                    free(has.memory(), host.promised().memory()) + " memory free, " + mebibytes(needs.memory())
                            + " needed",
                    false);
        }
        if (then.disk().compareTo(has.disk()) > 0) {
            return refuse(
                    host,
                    free(has.disk(), host.promised().disk()) + " disk free, " + mebibytes(needs.disk()) + " needed",
                    false);
        }
        return Optional.empty();
    }

    private static Optional<Placement.Refusal> refuse(HostView host, String reason, boolean ever) {
        return Optional.of(new Placement.Refusal(host.name(), reason, ever));
    }

    private static double fullness(Demand demand, HostView host) {
        Capacity then = host.promised().plus(demand.needs());
        return Math.max(
                share(then.milliCpus(), host.capacity().milliCpus()),
                Math.max(
                        share(then.memory().count(), host.capacity().memory().count()),
                        share(then.disk().count(), host.capacity().disk().count())));
    }

    private static double share(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    private static String percent(double share) {
        return Math.round(share * 100) + " %";
    }

    private static String cpus(long milli) {
        return milli % 1000 == 0 ? Long.toString(milli / 1000) : Double.toString(milli / 1000.0);
    }

    private static String free(Bytes has, Bytes promised) {
        return mebibytes(new Bytes(Math.max(0, has.count() - promised.count())));
    }

    private static String mebibytes(Bytes bytes) {
        return bytes.toMebibytes() + " MiB";
    }
}

package yunqi.core.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.Bytes;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;

/**
 * Chooses a host. First hosts that cannot are set aside, each with its reason; among the rest the one that would be least full afterwards is
 * taken (its fullest of processor, memory, disk decides: spread), ties by name. Deterministic: the same question has the same answer.
 */
public final class Scheduler {
    private static final int TOLD = 40; // hosts of which is said why not: more than anybody reads

    private Scheduler() {}

    public static Placement place(Demand demand, List<HostView> hosts) {
        @Nullable HostView best = null;
        double least = Double.POSITIVE_INFINITY;
        for (HostView host : hosts) {
            if (why(demand, host) == Why.NOTHING) {
                double full = fullness(demand, host);
                if (best == null
                        || full < least
                        || (full == least && host.name().compareTo(best.name()) < 0)) {
                    best = host;
                    least = full;
                }
            }
        }
        return best == null ? noRoom(demand, hosts) : placed(demand, hosts, best);
    }

    /** True if one of the hosts could hold it now. Needs no look at the others, and no words. */
    public static boolean fits(Demand demand, List<HostView> hosts) {
        return hosts.stream().anyMatch(host -> why(demand, host) == Why.NOTHING);
    }

    private static Placement placed(Demand demand, List<HostView> hosts, HostView best) {
        List<Placement.Refusal> refusals = new ArrayList<>();
        for (HostView host : hosts) {
            if (refusals.size() == TOLD) {
                break;
            }
            if (!host.id().equals(best.id())) {
                refusals.add(refusal(demand, host)
                        .orElseGet(() -> new Placement.Refusal(
                                host.name(),
                                "would be " + percent(fullness(demand, host)) + " full, " + best.name() + " less",
                                false)));
            }
        }
        return new Placement.Placed(
                best.id(),
                best.name(),
                "least full afterwards: " + percent(fullness(demand, best)),
                List.copyOf(refusals),
                hosts.size() - 1 - refusals.size());
    }

    private static Placement noRoom(Demand demand, List<HostView> hosts) {
        List<Placement.Refusal> refusals = hosts.stream()
                .limit(TOLD)
                .flatMap(host -> refusal(demand, host).stream())
                .toList();
        boolean forever = hosts.stream().allMatch(host -> why(demand, host).ever);
        return new Placement.NoRoom(refusals, hosts.size() - refusals.size(), forever);
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

    /** Why a host cannot hold a demand; {@code ever} that it could not even if it were empty. */
    private enum Why {
        NOTHING(false),
        OTHER_HOST(true),
        LABELS(true),
        CPUS(true),
        MEMORY(true),
        DISK(true),
        CLOSED(false),
        ENGINE(false),
        CPUS_NOW(false),
        MEMORY_NOW(false),
        DISK_NOW(false);

        private final boolean ever;

        Why(boolean ever) {
            this.ever = ever;
        }
    }

    /** Asked of every host for every decision: compares, and makes nothing. */
    private static Why why(Demand demand, HostView host) {
        Capacity needs = demand.needs();
        Capacity has = host.capacity();
        Capacity taken = host.promised();
        if (demand.host().isPresent() && !demand.host().get().equals(host.name())) {
            return Why.OTHER_HOST;
        }
        if (!host.labels().match(demand.hostLabels())) {
            return Why.LABELS;
        }
        if (needs.milliCpus() > has.milliCpus()) {
            return Why.CPUS;
        }
        if (needs.memory().count() > has.memory().count()) {
            return Why.MEMORY;
        }
        if (needs.disk().count() > has.disk().count()) {
            return Why.DISK;
        }
        if (!host.closed().isEmpty()) {
            return Why.CLOSED;
        }
        if (!host.engines().contains(demand.engine())) {
            return Why.ENGINE;
        }
        if (taken.milliCpus() + needs.milliCpus() > has.milliCpus()) {
            return Why.CPUS_NOW;
        }
        if (taken.memory().count() + needs.memory().count() > has.memory().count()) {
            return Why.MEMORY_NOW;
        }
        return taken.disk().count() + needs.disk().count() > has.disk().count() ? Why.DISK_NOW : Why.NOTHING;
    }

    private static Optional<Placement.Refusal> refusal(Demand demand, HostView host) {
        Why why = why(demand, host);
        return why == Why.NOTHING
                ? Optional.empty()
                : Optional.of(new Placement.Refusal(host.name(), words(why, demand, host), why.ever));
    }

    private static String words(Why why, Demand demand, HostView host) {
        Capacity needs = demand.needs();
        Capacity has = host.capacity();
        Capacity taken = host.promised();
        return switch (why) {
            case NOTHING -> "";
            case OTHER_HOST -> "another host was asked for";
            case LABELS -> "has not all of the labels " + demand.hostLabels().pairs();
            case CPUS -> "has " + cpus(has.milliCpus()) + " vCPU in all, " + cpus(needs.milliCpus()) + " needed";
            case MEMORY ->
                "has " + mebibytes(has.memory()) + " memory in all, " + mebibytes(needs.memory()) + " needed";
            case DISK -> "has " + mebibytes(has.disk()) + " disk in all, " + mebibytes(needs.disk()) + " needed";
            case CLOSED -> host.closed();
            case ENGINE -> "its " + demand.engine() + " engine is not running";
            case CPUS_NOW ->
                cpus(has.milliCpus() - taken.milliCpus()) + " vCPU free, " + cpus(needs.milliCpus()) + " needed";
            case MEMORY_NOW ->
                free(has.memory(), taken.memory()) + " memory free, " + mebibytes(needs.memory()) + " needed";
            case DISK_NOW -> free(has.disk(), taken.disk()) + " disk free, " + mebibytes(needs.disk()) + " needed";
        };
    }

    private static double fullness(Demand demand, HostView host) {
        Capacity taken = host.promised();
        Capacity needs = demand.needs();
        Capacity has = host.capacity();
        return Math.max(
                share(taken.milliCpus() + needs.milliCpus(), has.milliCpus()),
                Math.max(
                        share(
                                taken.memory().count() + needs.memory().count(),
                                has.memory().count()),
                        share(
                                taken.disk().count() + needs.disk().count(),
                                has.disk().count())));
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

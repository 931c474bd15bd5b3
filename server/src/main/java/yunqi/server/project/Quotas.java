package yunqi.server.project;

import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Name;
import yunqi.core.project.Quota;
import yunqi.server.http.Refused;
import yunqi.server.store.Amounts;
import yunqi.server.store.Row;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/**
 * What a project's instances take from its quota. Each is charged in the transaction that declares it, under its own id, and what is charged goes with its
 * row: so nothing is oversold however many declare at once, and nothing is left charged for what is gone.
 */
public final class Quotas {
    private static final String PREFIX = "quota/";
    private static final long MILLI = 1_000;

    private Quotas() {}

    /** The pool that a project's instances are charged to. It lives exactly as long as the project, so its name is enough. */
    public static String pool(Name project) {
        return PREFIX + project;
    }

    /** Written beside the row of an instance that takes so much. */
    public static Write charge(Row project, UUID instance, Amounts amounts) {
        return new Write.Charge(pool(project.meta().name()), instance, amounts);
    }

    /** Sets how much there may be; below what there is, too. */
    public static Write limit(Name project, Optional<Quota> quota) {
        Quota limit = quota.orElse(Quota.NONE);
        return new Write.Limit(
                pool(project),
                new Amounts(
                        limit.vcpus().map(count -> count * MILLI).orElse(Long.MAX_VALUE),
                        limit.memory().map(Bytes::count).orElse(Long.MAX_VALUE),
                        limit.disk().map(Bytes::count).orElse(Long.MAX_VALUE),
                        limit.instances().orElse(Long.MAX_VALUE),
                        limit.addresses().orElse(Long.MAX_VALUE)));
    }

    /** What is taken of each. */
    static Quota used(Amounts taken) {
        return new Quota(
                Optional.of(taken.instances()),
                Optional.of(taken.milliCpus() / MILLI),
                Optional.of(new Bytes(taken.memoryBytes())),
                Optional.of(new Bytes(taken.diskBytes())),
                Optional.of(taken.addresses()));
    }

    /** The answer to one whose instance does not fit, naming each amount that is too much, its limit, and what is used. Empty if it was refused for another reason. */
    public static Optional<Refused> refusal(Row project, Written.Refused why) {
        String pool = pool(project.meta().name()) + ": ";
        return why.reason() == Written.Reason.FULL && why.detail().startsWith(pool)
                ? Optional.of(Refused.conflict(
                        "quota-exceeded",
                        "the quota of project '" + project.meta().name() + "' has no room for it: "
                                + why.detail().substring(pool.length()),
                        "delete instances that are not needed, or ask an operator for more; 'yunqi project show "
                                + project.meta().name() + "' shows the quota and what is used"))
                : Optional.empty();
    }
}

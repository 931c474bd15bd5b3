package yunqi.server.store;

import java.util.List;
import java.util.TreeSet;
import java.util.UUID;

/** What must be known, and locked, to decide some transactions: pure, from the writes alone. */
record Needs(
        TreeSet<UUID> rows,
        TreeSet<UUID> holders,
        TreeSet<NameKey> names,
        TreeSet<ClaimKey> claims,
        TreeSet<String> pools,
        TreeSet<String> loops) {
    static Needs of(List<List<Write>> transactions) {
        Needs needs = new Needs(
                new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        transactions.forEach(writes -> writes.forEach(needs::add));
        return needs;
    }

    /** {@code holders} are the rows of which all claims and charges must be known. */
    private void add(Write write) {
        switch (write) {
            case Write.Create(Row row) -> {
                names.add(NameKey.of(row));
                rows.add(row.id());
            }
            case Write.Declare declare -> rows.add(declare.id());
            case Write.MarkDeleted mark -> rows.add(mark.id());
            case Write.Decide decide -> rows.add(decide.id());
            case Write.Observe observe -> rows.add(observe.id());
            case Write.Tell tell -> rows.add(tell.id());
            case Write.Remove remove -> {
                rows.add(remove.id());
                holders.add(remove.id());
            }
            case Write.Claim claim -> {
                rows.add(claim.owner());
                claims.add(new ClaimKey(claim.scope(), claim.key()));
            }
            case Write.Unclaim unclaim -> {
                rows.add(unclaim.owner());
                claims.add(new ClaimKey(unclaim.scope(), unclaim.key()));
            }
            case Write.Limit limit -> pools.add(limit.pool());
            case Write.Unlimit unlimit -> pools.add(unlimit.pool());
            case Write.Charge charge -> {
                rows.add(charge.owner());
                holders.add(charge.owner());
                pools.add(charge.pool());
            }
            case Write.Recharge recharge -> {
                rows.add(recharge.owner());
                holders.add(recharge.owner());
                pools.add(recharge.pool());
            }
            case Write.Discharge discharge -> {
                rows.add(discharge.owner());
                holders.add(discharge.owner());
                pools.add(discharge.pool());
            }
            case Write.Guard guard -> loops.add(guard.loop());
        }
    }
}

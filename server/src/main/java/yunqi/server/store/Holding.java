package yunqi.server.store;

import java.util.UUID;

/** What an owner holds: a pool that it is charged to, or a scope and key that it has claimed. */
record Holding(UUID owner, String what, String key) implements Comparable<Holding> {
    static Holding of(UUID owner, String pool) {
        return new Holding(owner, pool, "");
    }

    static Holding of(UUID owner, ClaimKey claim) {
        return new Holding(owner, claim.scope(), claim.key());
    }

    @Override
    public int compareTo(Holding other) {
        int byOwner = owner.compareTo(other.owner);
        int byWhat = byOwner != 0 ? byOwner : what.compareTo(other.what);
        return byWhat != 0 ? byWhat : key.compareTo(other.key);
    }
}

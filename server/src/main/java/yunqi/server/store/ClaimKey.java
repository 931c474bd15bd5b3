package yunqi.server.store;

/** A key in a scope. */
record ClaimKey(String scope, String key) implements Comparable<ClaimKey> {
    @Override
    public int compareTo(ClaimKey other) {
        int byScope = scope.compareTo(other.scope);
        return byScope != 0 ? byScope : key.compareTo(other.key);
    }
}

package yunqi.server.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Brings transactions to PostgreSQL in batches. (One by one, the creates of one project would queue at its quota's row, each for a whole commit.) */
final class PostgresLanes {
    static final int BATCH_LIMIT =
            500; // where a batch's cost for each transaction has levelled off; under 100 ms of locks
    private static final int LANES = Integer.getInteger(
            "yunqi.lanes", 2); // one commits while the other decides; more only meet at the same rows
    private static final int ATTEMPTS = 20; // each repeat means that somebody else got on, so as many are bad luck

    private final PostgresDatabase database;
    private final LongSupplier stamp;
    private final Runnable logged;
    private final Lanes<List<List<Write>>, List<Written>> lanes =
            new Lanes<>(LANES, BATCH_LIMIT, List::size, this::together);

    /** {@code stamp} is a position of the log before any change to come; {@code logged} hears that the log has grown. */
    PostgresLanes(PostgresDatabase database, LongSupplier stamp, Runnable logged) {
        this.database = database;
        this.stamp = stamp;
        this.logged = logged;
    }

    /** One transaction, in company if there is any. */
    Written write(List<Write> writes) {
        return lanes.ask(List.of(writes)).getFirst();
    }

    /** Many transactions, in batches and in company; each batch happens or does not happen by itself. What one caller brings stays in order. */
    List<Written> writeAll(List<List<Write>> transactions) {
        List<Written> written = new ArrayList<>();
        for (int from = 0; from < transactions.size(); from += BATCH_LIMIT) {
            List<List<Write>> batch = transactions.subList(from, Math.min(transactions.size(), from + BATCH_LIMIT));
            written.addAll(lanes.ask(List.copyOf(batch)));
        }
        return List.copyOf(written);
    }

    private List<List<Written>> together(List<List<List<Write>>> groups) {
        List<Written> written = run(groups.stream().flatMap(List::stream).toList());
        List<List<Written>> answers = new ArrayList<>();
        int from = 0;
        for (List<List<Write>> group : groups) {
            answers.add(List.copyOf(written.subList(from, from + group.size())));
            from += group.size();
        }
        return answers;
    }

    private List<Written> run(List<List<Write>> transactions) {
        Optional<PostgresDatabase.Conflict> last = Optional.empty();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                // The position is read before the transaction begins: whatever it counts has been committed by then.
                long position = stamp.getAsLong();
                PostgresBatch.Outcome outcome =
                        database.transaction(handle -> PostgresBatch.run(handle, transactions, position));
                if (outcome.logged()) {
                    logged.run();
                }
                return outcome.written();
            } catch (PostgresDatabase.Conflict e) {
                last = Optional.of(e);
            }
        }
        throw new StoreUnavailable("too many write the same at once: "
                + last.map(Throwable::getMessage).orElse(""));
    }
}

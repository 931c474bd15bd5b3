package yunqi.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the change log: makes ticks, keeps the newest changes in memory for all readers of this server, and hears of the ticks of other servers.
 *
 * <p>Versions are not given when a change is written, as transactions commit in another order than they begin, and a reader would pass by what
 * commits late. They are given by ticks. A tick keeps a snapshot; its changes are those of the transactions that its snapshot sees and that of
 * the tick before does not. Ticks follow one another under a lock, so what one sees, all later ones see: each committed change belongs to exactly one
 * tick, for ever, and no tick is ever put before another. Within a tick changes are in the order in which they were made; a row's are made while it is
 * locked, so the order of one row is right across ticks as well.
 */
final class PostgresLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresLog.class);
    private static final String CHANNEL = "yunqi_tick";
    static final long TICK_LOCK = 0x59554e5149L; // "YUNQI": the advisory lock of whoever makes a tick
    private static final Duration PACE = Duration.ofMillis(10); // so at most 100 ticks, and notifications, a second...
    private static final int BURST = 20; // ...in the long run; one change that leads to the next need not wait for it
    private static final Duration POLL = Duration.ofSeconds(1); // finds what a server that died had not yet ticked
    private static final Duration AGAIN = Duration.ofMillis(200); // between tries while PostgreSQL is away
    private static final int TAIL = 50_000; // changes in memory; about 10 MB
    private static final int STEP = 1_000; // ticks read at once
    private static final int TRIM_STEP = 500; // ticks trimmed at once, well under the statement's time limit

    /** How long changes are kept, and how many at most, for readers that come back; and how often it is looked for what can go. */
    record Keep(Duration time, long changes, Duration every) {
        static final Keep DEFAULT = new Keep(Duration.ofHours(1), 1_000_000, Duration.ofSeconds(30));
    }

    /** A tick: up to which version the log goes, and what its snapshot saw. */
    private record Tick(long upto, String snapshot) {}

    private final PostgresDatabase database;
    private final Keep keep;
    private final ChangeTail tail;
    private final Semaphore nudge = new Semaphore(1);
    private final List<Thread> threads = new ArrayList<>();
    private Tick last;
    private long trimmed = System.nanoTime();
    private volatile boolean closed;

    private PostgresLog(PostgresDatabase database, Keep keep) {
        this.database = database;
        this.keep = keep;
        this.last = database.transaction(handle -> {
            lock(handle);
            sound(handle, newest(handle));
            tick(handle); // what servers before us had not come to
            return newest(handle);
        });
        this.tail = new ChangeTail(TAIL, last.upto());
    }

    static PostgresLog open(PostgresDatabase database, Keep keep) {
        PostgresLog log = new PostgresLog(database, keep);
        log.threads.add(Thread.ofVirtual().name("store-log").start(log::follow));
        log.threads.add(Thread.ofVirtual().name("store-listen").start(log::listen));
        return log;
    }

    ChangeTail tail() {
        return tail;
    }

    /** There may be something new. */
    void nudge() {
        if (nudge.availablePermits() == 0) {
            nudge.release();
        }
    }

    /** Changes that are no longer in memory. */
    List<Change> older(long after, int limit) {
        return database.read(handle -> {
            List<Change> found = new ArrayList<>();
            Tick before = startOf(handle, after).orElseThrow(() -> new LogTrimmed(after, oldest(handle)));
            for (Tick tick : ticksAfter(handle, before.upto())) {
                for (Change change : between(handle, before, tick, after)) {
                    if (change.version() > after && found.size() < limit) {
                        found.add(change);
                    }
                }
                if (found.size() == limit) {
                    break;
                }
                before = tick;
            }
            return List.copyOf(found);
        });
    }

    long oldest() {
        return database.read(PostgresLog::oldest);
    }

    private void follow() {
        boolean away = false;
        Pace pace = new Pace(PACE, BURST, System.nanoTime());
        while (!closed) {
            try {
                if (nudge.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                    nudge.drainPermits();
                }
                if (away) {
                    resume();
                    LOG.info("PostgreSQL is back; the change log goes on after {}", last.upto());
                    away = false;
                }
                database.transaction(handle -> {
                    lock(handle);
                    return tick(handle);
                });
                load();
                if (System.nanoTime() - trimmed > keep.every().toNanos()) {
                    trimmed = trim() ? trimmed : System.nanoTime();
                }
                Thread.sleep(pace.pause(System.nanoTime()));
            } catch (InterruptedException e) {
                return;
            } catch (StoreUnavailable | PostgresDatabase.Conflict e) {
                if (!away && !closed) {
                    LOG.warn("the change log waits for PostgreSQL: {}", e.getMessage());
                }
                away = true;
                pause();
            } catch (RuntimeException e) {
                // Readers must not be left waiting for ever by a fault of one turn: start again from what the database
                // says.
                LOG.error("following the change log failed; starting again", e);
                away = true;
                pause();
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(AGAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes a tick if there is anything for it. The lock is taken in a statement before, so that this one sees the tick before. */
    private static int tick(Handle handle) {
        return handle.createUpdate("""
                    with before as (select upto, snapshot from change_tick order by upto desc limit 1),
                         now as (select pg_current_snapshot() as snapshot),
                         fresh as (select count(*) as n from before, now, changes_between(before.snapshot, now.snapshot)),
                         made as (insert into change_tick
                                  select before.upto + fresh.n, now.snapshot, clock_timestamp()
                                  from before, now, fresh where fresh.n > 0 returning upto)
                    select pg_notify('""" + CHANNEL + "', upto::text) from made").execute();
    }

    /** Takes into memory what ticks there are since the last. */
    private void load() {
        List<Tick> ticks = database.read(handle -> ticksAfter(handle, last.upto()));
        for (Tick tick : ticks) {
            Tick before = last;
            List<Change> changes = database.read(handle -> between(handle, before, tick, before.upto()));
            tail.append(changes, tick.upto());
            last = tick;
        }
        if (ticks.size() == STEP) {
            nudge();
        }
    }

    /** After a time without the database: goes on where it was, if the log still knows that place. */
    private void resume() {
        Tick from = database.transaction(handle -> {
            lock(handle);
            Tick newest = sound(handle, newest(handle));
            boolean known = startOf(handle, last.upto()).filter(last::equals).isPresent();
            if (known) {
                return last;
            }
            if (oldest(handle) > last.upto()) {
                return newest;
            }
            // A database that went back in time (a failover that lost commits) gives versions a second time, to other
            // changes: the log
            // goes on behind all that was ever shown, and every reader starts over.
            return restart(handle, Math.max(newest.upto(), last.upto()) + 1);
        });
        if (!from.equals(last)) {
            last = from;
            tail.restart(from.upto());
        }
    }

    /** A dump that was loaded into another PostgreSQL holds transaction ids that are still to come there; such a log can't go on. */
    private static Tick sound(Handle handle, Tick newest) {
        boolean ahead = handle.createQuery(
                        "select pg_snapshot_xmax(:snapshot::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())")
                .bind("snapshot", newest.snapshot())
                .mapTo(Boolean.class)
                .one();
        return ahead ? restart(handle, newest.upto() + 1) : newest;
    }

    private static Tick restart(Handle handle, long upto) {
        handle.execute("delete from change_log");
        handle.execute("delete from change_tick");
        return handle.createQuery("""
                        insert into change_tick values (:upto, pg_current_snapshot(), clock_timestamp())
                        returning upto, snapshot::text""")
                .bind("upto", upto)
                .map((result, context) -> new Tick(result.getLong(1), result.getString(2)))
                .one();
    }

    /** Forgets what is too old or too much; true if there is more of it. */
    private boolean trim() {
        return database.transaction(handle -> {
            lock(handle);
            Optional<Tick> base = handle.createQuery("""
                            select upto, snapshot::text from (
                                select upto, snapshot from change_tick
                                where at < clock_timestamp() - :millis * interval '1 millisecond'
                                   or upto < (select max(upto) from change_tick) - :changes
                                order by upto limit :step) old
                            order by upto desc limit 1""")
                    .bind("millis", keep.time().toMillis())
                    .bind("changes", keep.changes())
                    .bind("step", TRIM_STEP)
                    .map((result, context) -> new Tick(result.getLong(1), result.getString(2)))
                    .findOne();
            if (base.isEmpty()) {
                return false;
            }
            handle.createUpdate("""
                            delete from change_log where xid < pg_snapshot_xmax(:snapshot::pg_snapshot)
                                and pg_visible_in_snapshot(xid, :snapshot::pg_snapshot)""").bind("snapshot", base.get().snapshot()).execute();
            // The base itself stays: it is where the oldest reader may start.
            return handle.createUpdate("delete from change_tick where upto < :upto")
                            .bind("upto", base.get().upto())
                            .execute()
                    >= TRIM_STEP - 1;
        });
    }

    private static void lock(Handle handle) {
        handle.execute("select pg_advisory_xact_lock(" + TICK_LOCK + ")");
    }

    private static Tick newest(Handle handle) {
        return handle.createQuery("select upto, snapshot::text from change_tick order by upto desc limit 1")
                .map((result, context) -> new Tick(result.getLong(1), result.getString(2)))
                .one();
    }

    private static long oldest(Handle handle) {
        return handle.createQuery("select min(upto) from change_tick")
                .mapTo(Long.class)
                .one();
    }

    /** The last tick at or before the position. */
    private static Optional<Tick> startOf(Handle handle, long position) {
        return handle.createQuery(
                        "select upto, snapshot::text from change_tick where upto <= :position order by upto desc limit 1")
                .bind("position", position)
                .map((result, context) -> new Tick(result.getLong(1), result.getString(2)))
                .findOne();
    }

    private static List<Tick> ticksAfter(Handle handle, long position) {
        return handle.createQuery(
                        "select upto, snapshot::text from change_tick where upto > :position order by upto limit "
                                + STEP)
                .bind("position", position)
                .map((result, context) -> new Tick(result.getLong(1), result.getString(2)))
                .list();
    }

    /** The changes of one tick, numbered. There are as many as the tick counted, or they have been trimmed meanwhile. */
    private static List<Change> between(Handle handle, Tick before, Tick tick, long after) {
        long[] version = {before.upto()};
        List<Change> changes = handle.createQuery(
                        "select * from changes_between(:before::pg_snapshot, :now::pg_snapshot) order by seq")
                .bind("before", before.snapshot())
                .bind("now", tick.snapshot())
                .map((result, context) -> PostgresRows.change(result, ++version[0]))
                .list();
        if (version[0] != tick.upto()) {
            throw new LogTrimmed(after, oldest(handle));
        }
        return changes;
    }

    private void listen() {
        while (!closed) {
            try (Connection connection = database.listener();
                    Statement statement = connection.createStatement()) {
                statement.execute("listen " + CHANNEL);
                nudge();
                PGConnection notified = connection.unwrap(PGConnection.class);
                while (!closed) {
                    PGNotification[] heard = notified.getNotifications((int) POLL.toMillis());
                    // Our own ticks come back too; what is in the tail already needs no look.
                    for (PGNotification one : heard == null ? new PGNotification[0] : heard) {
                        if (Long.parseLong(one.getParameter()) > tail.version()) {
                            nudge();
                        }
                    }
                }
            } catch (SQLException e) {
                LOG.debug("not listening: {}", e.getMessage());
                pause();
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            try {
                thread.join(Duration.ofSeconds(5)); // two polls and more; it only reads
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}

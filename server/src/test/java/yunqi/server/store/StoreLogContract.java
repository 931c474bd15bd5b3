package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.store.Things.created;
import static yunqi.server.store.Things.done;
import static yunqi.server.store.Things.row;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Labels;
import yunqi.server.Eventually;
import yunqi.server.store.Change.What;

/** What every store does with its change log and with leases. */
abstract class StoreLogContract {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** The store under test: empty at the beginning of each test. */
    abstract Store store();

    /** Lets this much of the store's time go by, where its clock is the test's to turn. */
    abstract void pass(Duration time);

    /** At least {@code count} changes after the version, in pages of 3, or what came within the time. */
    final List<Change> follow(long after, int count) throws InterruptedException {
        List<Change> seen = new ArrayList<>();
        Instant deadline = Instant.now().plus(PATIENCE);
        long position = after;
        while (seen.size() < count && Instant.now().isBefore(deadline)) {
            store().await(position, Duration.ofSeconds(1));
            List<Change> page = store().changes(position, 3);
            assertThat(page.size()).isLessThanOrEqualTo(3);
            seen.addAll(page);
            position = page.isEmpty() ? position : page.getLast().version();
        }
        assertThat(store().changes(position, 3)).isEmpty();
        return seen;
    }

    @Test
    void everyChangeIsLoggedInOrder() throws InterruptedException {
        long start = store().version();
        Row a = created(store(), row("a"));
        Row b = created(store(), row("b"));
        done(store().write(List.of(new Write.Declare(a.id(), 1, Labels.NONE, "{}"))));
        done(store().write(List.of(new Write.Observe(b.id(), 0, "{}"))));
        done(store().write(List.of(new Write.MarkDeleted(a.id(), 2, Things.CREATED))));
        done(store().write(List.of(new Write.MarkDeleted(a.id(), 2, Things.CREATED))));
        done(store().write(List.of(new Write.Claim("s", "k", b.id()), new Write.Limit("p", Amounts.NONE))));
        done(store().write(List.of(new Write.Remove(a.id(), 0))));
        List<Change> changes = follow(start, 6);
        assertThat(changes.stream().map(c -> c.what() + " " + c.name()))
                .containsExactly("CREATED a", "CREATED b", "CHANGED a", "CHANGED b", "CHANGED a", "REMOVED a");
        assertThat(changes.stream().map(Change::version).toList()).isSorted().doesNotHaveDuplicates();
        assertThat(changes.getFirst().version()).isGreaterThan(start);
        assertThat(changes.getFirst().id()).isEqualTo(a.id());
        assertThat(changes.getFirst().kind()).isEqualTo("instance");
        assertThat(changes.getFirst().project()).contains(Things.PROJECT);
        assertThat(store().version()).isEqualTo(changes.getLast().version());
    }

    @Test
    void whatWasRefusedIsNotLogged() throws InterruptedException {
        long start = store().version();
        Row a = row("a");
        store().write(List.of(new Write.Create(a), new Write.Observe(a.id(), 7, "{}")));
        created(store(), row("b"));
        assertThat(follow(start, 1).stream().map(c -> c.name().value())).containsExactly("b");
    }

    @Test
    void bothHostsOfARowThatMovesHearOfIt() throws InterruptedException {
        UUID from = UUID.randomUUID();
        UUID to = UUID.randomUUID();
        long start = store().version();
        UUID id = created(store(), row("a")).id();
        done(store().write(List.of(new Write.Decide(id, 1, 0, "{}", Optional.of(from)))));
        done(store().write(List.of(new Write.Observe(id, 0, "{}"))));
        done(store().write(List.of(new Write.Decide(id, 1, 1, "{}", Optional.of(to)))));
        done(store().write(List.of(new Write.Decide(id, 1, 2, "{}", Optional.empty()))));
        assertThat(follow(start, 6).stream().map(Change::host))
                .containsExactly(
                        Optional.empty(),
                        Optional.of(from),
                        Optional.of(from),
                        Optional.of(from),
                        Optional.of(to),
                        Optional.of(to));
    }

    @Test
    void aChangeSaysHowFarTheRowHasCome() throws InterruptedException {
        long start = store().version();
        UUID id = created(store(), row("a")).id();
        done(store().write(List.of(new Write.Decide(id, 1, 0, "{}", Optional.empty()))));
        done(store().write(List.of(new Write.Observe(id, 0, "{}"))));
        done(store().write(List.of(new Write.MarkDeleted(id, 1, Things.CREATED))));
        done(store().write(List.of(new Write.Remove(id, 1))));
        assertThat(follow(start, 5).stream().map(Change::counts))
                .containsExactly(
                        new Counts(1, 0, 0),
                        new Counts(1, 1, 0),
                        new Counts(1, 1, 1),
                        new Counts(2, 1, 1),
                        new Counts(3, 1, 1));
    }

    @Test
    void watchingFromAPageOrARowMissesNothing() throws InterruptedException {
        Row a = created(store(), row("a"));
        follow(0, 1);
        Page page = store().list(Query.all("instance"));
        done(store().write(List.of(new Write.Observe(a.id(), 0, "{\"n\":1}"))));
        Row now = store().get(a.id()).orElseThrow();
        done(store().write(List.of(new Write.Observe(a.id(), 1, "{\"n\":2}"))));
        assertThat(page.version()).isGreaterThanOrEqualTo(store().oldest());
        assertThat(follow(page.version(), 2).stream().map(Change::what)).endsWith(What.CHANGED, What.CHANGED);
        assertThat(follow(now.meta().version(), 1).stream().map(Change::what)).endsWith(What.CHANGED);
    }

    @Test
    void aWaiterIsWokenByAChange() throws InterruptedException {
        long start = store().version();
        Thread writer = Thread.ofVirtual().start(() -> created(store(), row("a")));
        Instant deadline = Instant.now().plus(PATIENCE);
        while (store().changes(start, 10).isEmpty() && Instant.now().isBefore(deadline)) {
            store().await(start, PATIENCE);
        }
        assertThat(store().changes(start, 10)).hasSize(1);
        writer.join();
        store().await(start, PATIENCE); // there is something already: comes back at once
        store().await(store().version(), Duration.ofMillis(1)); // there is not: comes back all the same
    }

    @Test
    void aLeaseHasOneOwnerUntilItRunsOut() throws Exception {
        Duration length = Duration.ofMillis(1500);
        Lease first = store().lease("loop", "me", length).orElseThrow();
        assertThat(first.loop()).isEqualTo("loop");
        assertThat(first.owner()).isEqualTo("me");
        assertThat(store().lease("loop", "you", length)).isEmpty();
        Lease renewed = store().lease("loop", "me", length).orElseThrow();
        assertThat(renewed.epoch()).isEqualTo(first.epoch());
        assertThat(renewed.expires()).isAfterOrEqualTo(first.expires());
        assertThat(store().lease("another", "you", length)).isPresent();
        pass(length);
        Written.Refused lost = Things.refused(untilRefused(new Write.Guard("loop", "me", first.epoch())));
        assertThat(lost.reason()).isEqualTo(Written.Reason.LEASE_LOST);
        Lease taken = store().lease("loop", "you", Duration.ofMinutes(1)).orElseThrow();
        assertThat(taken.epoch()).isGreaterThan(first.epoch());
        assertThat(store().lease("loop", "me", length)).isEmpty();
        store().release("loop", "me");
        assertThat(store().lease("loop", "me", length)).isEmpty();
        store().release("loop", "you");
        Lease again = store().lease("loop", "me", Duration.ofMinutes(1)).orElseThrow();
        assertThat(again.epoch()).isGreaterThan(taken.epoch());
        store().release("loop", "me");
        assertThat(store().lease("loop", "me", length).orElseThrow().epoch()).isGreaterThan(again.epoch());
    }

    private Written untilRefused(Write write) throws Exception {
        return Eventually.within(
                PATIENCE,
                "the write is refused",
                () -> store().write(List.of(write)),
                written -> written instanceof Written.Refused);
    }
}

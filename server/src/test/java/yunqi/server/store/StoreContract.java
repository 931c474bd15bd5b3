package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static yunqi.server.store.Things.cpus;
import static yunqi.server.store.Things.created;
import static yunqi.server.store.Things.done;
import static yunqi.server.store.Things.refused;
import static yunqi.server.store.Things.row;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.BadValue;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.server.store.Written.Reason;

/** What every store does with rows, claims and pools. The change log and leases are in {@link StoreLogContract}. */
abstract class StoreContract extends StoreManyContract {
    private static final Instant LATER = Things.CREATED.plusSeconds(60);

    @Test
    void aRowComesBackAsItWasGiven() {
        UUID host = UUID.randomUUID();
        Row given = Things.rowOn("a", host);
        Row made = created(store(), given);
        assertThat(made.meta().generation()).isEqualTo(1);
        assertThat(made.meta().decision()).isZero();
        assertThat(made.meta().observation()).isZero();
        Row kept = store().get(given.id()).orElseThrow();
        assertThat(kept).isEqualTo(made);
        assertThat(kept.desired()).isEqualTo(given.desired());
        assertThat(kept.meta().labels()).isEqualTo(given.meta().labels());
        assertThat(kept.meta().created()).isEqualTo(Things.CREATED);
        assertThat(kept.host()).contains(host);
        assertThat(store().find("instance", Optional.of(Things.PROJECT), new Name("a")))
                .contains(kept);
        assertThat(store().find("instance", Optional.empty(), new Name("a"))).isEmpty();
        assertThat(store().find("network", Optional.of(Things.PROJECT), new Name("a")))
                .isEmpty();
        assertThat(store().get(UUID.randomUUID())).isEmpty();
    }

    @Test
    void textOfEverySortIsKept() {
        String odd = "{\"z\": 1,  \"a\":\"quote ' back \\\\ nul \\u0000 云 \uD83D\uDE00 {x,y} ?\"}";
        Row given = row("odd");
        Row made = created(store(), new Row(given.kind(), given.meta(), odd, odd, odd, Optional.empty()));
        Row kept = store().get(made.id()).orElseThrow();
        assertThat(kept.desired()).isEqualTo(odd);
        assertThat(kept.decided()).isEqualTo(odd);
        assertThat(kept.seen()).isEqualTo(odd);
    }

    @Test
    void aNameIsTakenOnceInEachKindAndProject() {
        created(store(), row("a"));
        assertThat(refused(store().write(List.of(new Write.Create(row("a"))))).reason())
                .isEqualTo(Reason.NAME_TAKEN);
        created(store(), row("instance", Optional.of(new Name("red")), "a", Labels.NONE));
        created(store(), row("network", Optional.of(Things.PROJECT), "a", Labels.NONE));
        created(store(), row("instance", Optional.empty(), "a", Labels.NONE));
        assertThat(refused(store().write(
                                        List.of(new Write.Create(row("instance", Optional.empty(), "a", Labels.NONE)))))
                        .reason())
                .isEqualTo(Reason.NAME_TAKEN);
        Row twice = row("b");
        created(store(), twice);
        Row sameId = row("c");
        assertThat(refused(store().write(List.of(new Write.Create(new Row(
                                "instance",
                                new yunqi.core.base.Meta(
                                        twice.id(),
                                        sameId.meta().project(),
                                        sameId.meta().name(),
                                        Labels.NONE,
                                        1,
                                        0,
                                        0,
                                        0,
                                        Things.CREATED,
                                        Optional.empty()),
                                "{}",
                                "{}",
                                "{}",
                                Optional.empty())))))
                        .reason())
                .isEqualTo(Reason.NAME_TAKEN);
    }

    @Test
    void eachWriterHasItsOwnCounter() {
        UUID host = UUID.randomUUID();
        UUID id = created(store(), row("a")).id();
        done(store().write(List.of(new Write.Declare(id, 1, Labels.of(Map.of("x", "y")), "{\"size\":2}"))));
        done(store().write(List.of(new Write.Decide(id, 2, 0, "{\"host\":1}", Optional.of(host)))));
        done(store().write(List.of(new Write.Observe(id, 0, "{\"up\":true}"))));
        Row row = store().get(id).orElseThrow();
        assertThat(List.of(
                        row.meta().generation(),
                        row.meta().decision(),
                        row.meta().observation()))
                .containsExactly(2L, 1L, 1L);
        assertThat(List.of(row.desired(), row.decided(), row.seen()))
                .containsExactly("{\"size\":2}", "{\"host\":1}", "{\"up\":true}");
        assertThat(row.host()).contains(host);
        assertThat(row.meta().labels()).isEqualTo(Labels.of(Map.of("x", "y")));
    }

    @Test
    void staleWritesAreRefusedAndChangeNothing() {
        UUID id = created(store(), row("a")).id();
        Row before = store().get(id).orElseThrow();
        assertThat(reasons(
                        new Write.Declare(id, 2, Labels.NONE, "{}"),
                        new Write.MarkDeleted(id, 0, LATER),
                        new Write.Decide(id, 2, 0, "{}", Optional.empty()),
                        new Write.Decide(id, 1, 1, "{}", Optional.empty()),
                        new Write.Observe(id, 1, "{}"),
                        new Write.Remove(id, 1)))
                .containsOnly(Reason.STALE);
        assertThat(store().get(id)).contains(before);
    }

    @Test
    void whatIsNotThereIsGone() {
        UUID id = UUID.randomUUID();
        store().write(List.of(new Write.Limit("p", cpus(10))));
        assertThat(reasons(
                        new Write.Declare(id, 1, Labels.NONE, "{}"),
                        new Write.MarkDeleted(id, 1, LATER),
                        new Write.Decide(id, 1, 0, "{}", Optional.empty()),
                        new Write.Observe(id, 0, "{}"),
                        new Write.Remove(id, 0),
                        new Write.Claim("s", "k", id),
                        new Write.Charge("p", id, cpus(1))))
                .containsOnly(Reason.GONE);
        done(store().write(List.of(new Write.Unclaim("s", "k", id), new Write.Discharge("p", id))));
    }

    private List<Reason> reasons(Write... writes) {
        List<Reason> reasons = new ArrayList<>();
        for (Write write : writes) {
            reasons.add(refused(store().write(List.of(write))).reason());
        }
        return reasons;
    }

    @Test
    void deletingIsMarkedOnceThenRemoved() {
        UUID id = created(store(), row("a")).id();
        assertThat(refused(store().write(List.of(new Write.Remove(id, 0)))).reason())
                .isEqualTo(Reason.REFUSED);
        Row marked = done(store().write(List.of(new Write.MarkDeleted(id, 1, LATER))))
                .getFirst();
        assertThat(marked.meta().deleted()).contains(LATER);
        assertThat(marked.meta().generation()).isEqualTo(2);
        Row again = done(store().write(List.of(new Write.MarkDeleted(id, 1, LATER.plusSeconds(9)))))
                .getFirst();
        assertThat(again).isEqualTo(marked);
        assertThat(refused(store().write(List.of(new Write.Declare(id, 2, Labels.NONE, "{}"))))
                        .reason())
                .isEqualTo(Reason.GONE);
        assertThat(refused(store().write(List.of(new Write.Create(row("a"))))).reason())
                .isEqualTo(Reason.NAME_TAKEN);
        done(store().write(List.of(new Write.Decide(id, 2, 0, "{\"last\":1}", Optional.empty()))));
        Row last = done(store().write(List.of(new Write.Remove(id, 1)))).getFirst();
        assertThat(last.decided()).isEqualTo("{\"last\":1}");
        assertThat(store().get(id)).isEmpty();
        created(store(), row("a"));
    }

    @Test
    void aTransactionHappensWhollyOrNotAtAll() {
        Row old = created(store(), row("old"));
        Row fresh = row("fresh");
        Written.Refused refused = refused(store().write(List.of(
                new Write.Create(fresh),
                new Write.Limit("p", cpus(5)),
                new Write.Claim("s", "k", fresh.id()),
                new Write.Charge("p", fresh.id(), cpus(3)),
                new Write.Observe(old.id(), 0, "{\"x\":1}"),
                new Write.Observe(old.id(), 0, "{\"x\":2}"))));
        assertThat(refused.index()).isEqualTo(5);
        assertThat(refused.reason()).isEqualTo(Reason.STALE);
        assertThat(store().get(fresh.id())).isEmpty();
        assertThat(store().get(old.id())).contains(old);
        assertThat(store().claims("s")).isEmpty();
        assertThat(store().limit("p")).isEmpty();
        assertThat(store().charged("p")).isEqualTo(Amounts.NONE);
    }

    @Test
    void oneTransactionMayTouchARowSeveralTimes() {
        Row fresh = row("fresh");
        List<Row> rows = done(store().write(List.of(
                new Write.Create(fresh),
                new Write.Decide(fresh.id(), 1, 0, "{\"n\":1}", Optional.empty()),
                new Write.Decide(fresh.id(), 1, 1, "{\"n\":2}", Optional.empty()))));
        assertThat(rows).hasSize(1);
        assertThat(rows.getFirst()).isEqualTo(store().get(fresh.id()).orElseThrow());
        assertThat(rows.getFirst().decided()).isEqualTo("{\"n\":2}");
        done(store().write(List.of(new Write.MarkDeleted(fresh.id(), 1, LATER), new Write.Remove(fresh.id(), 2))));
        assertThat(store().get(fresh.id())).isEmpty();
        assertThat(done(store().write(List.of()))).isEmpty();
    }

    @Test
    void manyTransactionsAreEachDecidedByThemselvesInOrder() {
        Row a = row("a");
        Row b = row("b");
        List<Written> written = store().writeAll(List.of(
                List.of(new Write.Create(a)),
                List.of(new Write.Create(row("a"))),
                List.of(new Write.Observe(a.id(), 0, "{\"n\":1}")),
                List.of(new Write.Create(b), new Write.Observe(a.id(), 0, "{\"n\":2}")),
                List.of(new Write.Create(b), new Write.Observe(a.id(), 1, "{\"n\":3}"))));
        assertThat(written).hasSize(5);
        assertThat(done(written.get(0))).hasSize(1);
        assertThat(refused(written.get(1)).reason()).isEqualTo(Reason.NAME_TAKEN);
        assertThat(done(written.get(2))).hasSize(1);
        assertThat(refused(written.get(3)).index()).isEqualTo(1);
        assertThat(done(written.get(4))).hasSize(2);
        assertThat(store().get(a.id()).orElseThrow().seen()).isEqualTo("{\"n\":3}");
        assertThat(store().get(b.id())).isPresent();
        assertThat(store().writeAll(List.of())).isEmpty();
    }

    @Test
    void aKeyHasOneOwner() {
        UUID a = created(store(), row("a")).id();
        UUID b = created(store(), row("b")).id();
        done(store().write(List.of(new Write.Claim("net", "10.0.0.9", a), new Write.Claim("net", "10.0.0.10", a))));
        done(store().write(List.of(new Write.Claim("net", "10.0.0.9", a))));
        assertThat(refused(store().write(List.of(new Write.Claim("net", "10.0.0.9", b))))
                        .reason())
                .isEqualTo(Reason.TAKEN);
        done(store().write(List.of(new Write.Claim("net-2", "10.0.0.9", b))));
        assertThat(store().claims("net")).containsExactly("10.0.0.10", "10.0.0.9");
        done(store().write(List.of(new Write.Unclaim("net", "10.0.0.9", b))));
        assertThat(store().claims("net")).hasSize(2);
        done(store().write(List.of(new Write.Unclaim("net", "10.0.0.9", a), new Write.Claim("net", "10.0.0.9", b))));
        done(store().write(List.of(new Write.MarkDeleted(a, 1, LATER), new Write.Remove(a, 0))));
        assertThat(store().claims("net")).containsExactly("10.0.0.9");
        assertThat(store().claims("net-2")).containsExactly("10.0.0.9");
    }

    @Test
    void aPoolIsNeverOversold() {
        UUID a = created(store(), row("a")).id();
        UUID b = created(store(), row("b")).id();
        assertThat(refused(store().write(List.of(new Write.Charge("host", a, cpus(1)))))
                        .reason())
                .isEqualTo(Reason.FULL);
        done(store().write(List.of(new Write.Limit("host", new Amounts(100, 1000, 0, 10, 0)))));
        done(store().write(List.of(new Write.Charge("host", a, new Amounts(60, 900, 0, 1, 0)))));
        assertThat(refused(store().write(List.of(new Write.Charge("host", b, cpus(41)))))
                        .detail())
                .contains("vcpus: 0.041 wanted, 0.060 of 0.100 in use");
        done(store().write(List.of(new Write.Charge("host", b, cpus(40)))));
        assertThat(store().charged("host")).isEqualTo(new Amounts(100, 900, 0, 1, 0));
        done(store().write(List.of(new Write.Charge("host", a, cpus(60)))));
        assertThat(store().charged("host")).isEqualTo(cpus(100));
        done(store().write(List.of(new Write.Discharge("host", b), new Write.Discharge("host", b))));
        assertThat(store().charged("host")).isEqualTo(cpus(60));
        done(store().write(List.of(new Write.MarkDeleted(a, 1, LATER), new Write.Remove(a, 0))));
        assertThat(store().charged("host")).isEqualTo(Amounts.NONE);
    }

    @Test
    void aLoweredLimitOnlyStopsWhatGrows() {
        UUID a = created(store(), row("a")).id();
        done(store().write(List.of(
                new Write.Limit("host", new Amounts(100, 100, 0, 0, 0)),
                new Write.Charge("host", a, new Amounts(80, 10, 0, 0, 0)))));
        done(store().write(List.of(new Write.Limit("host", new Amounts(50, 100, 0, 0, 0)))));
        assertThat(store().limit("host")).contains(new Amounts(50, 100, 0, 0, 0));
        done(store().write(List.of(new Write.Charge("host", a, new Amounts(80, 20, 0, 0, 0)))));
        done(store().write(List.of(new Write.Charge("host", a, new Amounts(70, 20, 0, 0, 0)))));
        assertThat(refused(store().write(List.of(new Write.Charge("host", a, cpus(71)))))
                        .reason())
                .isEqualTo(Reason.FULL);
        assertThat(refused(store().write(List.of(new Write.Unlimit("host")))).reason())
                .isEqualTo(Reason.REFUSED);
        done(store().write(List.of(new Write.Discharge("host", a), new Write.Unlimit("host"))));
        assertThat(store().limit("host")).isEmpty();
        done(store().write(List.of(new Write.Unlimit("host"))));
    }

    @Test
    void whatGrewByAnothersDecisionIsChargedWhateverTheLimit() {
        UUID a = created(store(), row("a")).id();
        done(store().write(List.of(new Write.Limit("q", cpus(10)), new Write.Recharge("q", a, cpus(5)))));
        assertThat(store().charged("q")).isEqualTo(Amounts.NONE);
        done(store().write(List.of(new Write.Charge("q", a, cpus(10)), new Write.Recharge("q", a, cpus(25)))));
        assertThat(store().charged("q")).isEqualTo(cpus(25));
    }

    @Test
    void oneBatchCountsAgainstOnePool() {
        done(store().write(List.of(new Write.Limit("host", cpus(10)))));
        List<List<Write>> batch = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            Row row = row("n" + i);
            batch.add(List.of(new Write.Create(row), new Write.Charge("host", row.id(), cpus(1))));
        }
        List<Written> written = store().writeAll(batch);
        assertThat(written.stream().filter(w -> w instanceof Written.Done)).hasSize(10);
        assertThat(store().charged("host")).isEqualTo(cpus(10));
        assertThat(store().count("instance", Optional.empty())).isEqualTo(10);
    }

    @Test
    void listsAreSortedAndComeInPages() {
        for (String project : List.of("red", "blue")) {
            for (String name : List.of("c", "a-1", "a", "b")) {
                created(store(), row("instance", Optional.of(new Name(project)), name, Labels.NONE));
            }
        }
        created(store(), row("host", Optional.empty(), "a", Labels.NONE));
        created(store(), row("instance", Optional.empty(), "z", Labels.NONE));
        List<String> names = new ArrayList<>();
        Query query = new Query("instance", List.of(), Labels.NONE, Optional.empty(), Optional.empty(), 2);
        Optional<Query> next = Optional.of(query);
        while (next.isPresent()) {
            Page page = store().list(next.get());
            assertThat(page.rows().size()).isLessThanOrEqualTo(2);
            page.rows().forEach(row -> names.add(Cursor.write(row)));
            next = page.next().map(query::after);
        }
        assertThat(names)
                .containsExactly("/z", "blue/a", "blue/a-1", "blue/b", "blue/c", "red/a", "red/a-1", "red/b", "red/c");
        assertThat(store().count("instance", Optional.empty())).isEqualTo(9);
        assertThat(store().count("instance", Optional.of(new Name("red")))).isEqualTo(4);
        assertThat(store().count("network", Optional.empty())).isZero();
        assertThatThrownBy(() -> store().list(query.after("nonsense"))).isInstanceOf(BadValue.class);
    }

    @Test
    void listsAreNarrowedByProjectLabelAndHost() {
        UUID host = UUID.randomUUID();
        created(store(), row("instance", Optional.of(new Name("red")), "a", Labels.of(Map.of("t", "1", "u", "2"))));
        created(store(), row("instance", Optional.of(new Name("red")), "b", Labels.of(Map.of("t", "1"))));
        created(store(), row("instance", Optional.of(new Name("green")), "c", Labels.of(Map.of("t", "1", "u", "2"))));
        created(store(), Things.rowOn("d", host));
        Query all = Query.all("instance");
        assertThat(cursors(all)).containsExactly("blue/d", "green/c", "red/a", "red/b");
        assertThat(cursors(all.onHost(host))).containsExactly("blue/d");
        assertThat(cursors(all.onHost(UUID.randomUUID()))).isEmpty();
        Labels both = Labels.of(Map.of("u", "2", "t", "1"));
        Labels other = Labels.of(Map.of("t", "2"));
        List<Name> two = List.of(new Name("red"), new Name("blue"));
        assertThat(cursors(new Query("instance", List.of(), both, Optional.empty(), Optional.empty(), 10)))
                .containsExactly("green/c", "red/a");
        assertThat(cursors(new Query("instance", two, both, Optional.empty(), Optional.empty(), 10)))
                .containsExactly("red/a");
        assertThat(cursors(new Query("instance", two, Labels.NONE, Optional.empty(), Optional.empty(), 10)))
                .containsExactly("blue/d", "red/a", "red/b");
        assertThat(cursors(new Query("instance", List.of(), other, Optional.empty(), Optional.empty(), 10)))
                .isEmpty();
    }

    private List<String> cursors(Query query) {
        return store().list(query).rows().stream().map(Cursor::write).toList();
    }

    @Test
    void aGuardedTransactionNeedsTheLease() {
        Lease lease = store().lease("loop", "me", Duration.ofMinutes(1)).orElseThrow();
        Row a = row("a");
        done(store().write(List.of(new Write.Guard("loop", "me", lease.epoch()), new Write.Create(a))));
        assertThat(reasons(
                        new Write.Guard("loop", "you", lease.epoch()),
                        new Write.Guard("loop", "me", lease.epoch() + 1),
                        new Write.Guard("other", "me", lease.epoch())))
                .containsOnly(Reason.LEASE_LOST);
        store().release("loop", "me");
        Written.Refused refused = refused(store().write(List.of(
                new Write.Observe(a.id(), 0, "{\"n\":1}"), new Write.Guard("loop", "me", lease.epoch()))));
        assertThat(refused.index()).isEqualTo(1);
        assertThat(store().get(a.id()).orElseThrow().seen()).isEqualTo(Row.EMPTY);
    }
}

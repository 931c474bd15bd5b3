package yunqi.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;
import yunqi.server.store.Closest;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;
import yunqi.server.story.Stories;

/**
 * The routes that every kind has: declare, show, list, watch, delete. A declaration is read, admitted by the kind's {@link Rules}, and written on
 * condition that nothing changed meanwhile; if something did, all of it is done once more.
 */
public final class Declarations<S extends Record, T> {
    static final int PAGE = 100; // what a list gives if it isn't asked for more
    private static final int ATTEMPTS = 8; // so many others in a row got in between: the caller should know

    private final Store store;
    private final Clock clock;
    private final Rules<S, T> rules;
    private final Kind kind;
    private final Watch watch;
    private final Stories stories;

    /** The body of a PUT, as the description shows it. */
    private record Declared<S>(Optional<Labels> labels, S spec) {}

    private record Body(Optional<Labels> labels, Optional<JsonNode> spec) {}

    public Declarations(Store store, Clock clock, Rules<S, T> rules) {
        this.store = store;
        this.clock = clock;
        this.rules = rules;
        this.kind = rules.kind();
        this.watch = new Watch(store, kind.word());
        this.stories = new Stories(store);
    }

    public List<Route> routes() {
        String list = kind.path("{project}");
        String one = list + "/{name}";
        Type item = Schemas.generic(Api.Item.class, rules.spec(), rules.status());
        String word = kind.word();
        Right.Of rights = rules.rights();
        return List.of(
                Route.get(rights.list(), list, "Lists " + kind.plural() + ", or watches them", this::list)
                        .query("labels", "only those with all of these: a=b,c=d")
                        .query("limit", "at most so many, 1 to " + Query.LIMIT + "; " + PAGE + " if not said")
                        .query("after", "the page after this cursor; with watch, changes after this version")
                        .query("watch", "server-sent events: changed (an item), removed, relist")
                        .gives(200, Schemas.generic(Api.Items.class, item)),
                Route.get(rights.show(), one, "Shows one " + word, this::show).gives(200, item),
                Route.get(
                                rights.show(),
                                one + "/events",
                                "Tells what happened to one " + word + ", or watches it",
                                this::events)
                        .query("after", "with watch, changes after this version")
                        .query("watch", "server-sent events: changed (all events), removed, relist")
                        .gives(200, Api.Events.class),
                Route.put(rights.declare(), one, "Declares one " + word + ": makes or changes it", this::declare)
                        .takes(Schemas.generic(Declared.class, rules.spec()))
                        .gives(200, item),
                Route.delete(rights.delete(), one, "Deletes one " + word, this::delete)
                        .gives(202, item));
    }

    /** The route that makes many at once. */
    public Route many() {
        Creations<S, T> creations = new Creations<>(store, this, rules);
        return Route.post(
                        rules.rights().declare(),
                        kind.path("{project}"),
                        "Makes many " + kind.plural() + ": each is made, or refused as if it came alone",
                        creations::create)
                .takes(Schemas.generic(Creations.Many.class, rules.spec()))
                .gives(200, Api.AllMade.class);
    }

    /** The row of this name, or 404. */
    public Row find(Call call) {
        Optional<Name> project = project(call).map(row -> row.meta().name());
        return store.find(kind.word(), project, call.name("name")).orElseThrow(() -> missing(call, project));
    }

    /** One row as it is shown to this caller. */
    public Api.Item<S, T> item(Row row, Caller caller) {
        return item(row, caller, rules.lens(caller, List.of(row)));
    }

    /** Changes what is desired of a row by an action of ours: reads, changes, writes, and again if it changed meanwhile. */
    public Row change(Call call, Function<Row, S> change) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Row row = find(call);
            refuseIfDeleted(row);
            String desired = Wire.write(change.apply(row));
            Row after = new Row(row.kind(), row.meta(), desired, row.decided(), row.seen(), row.host());
            Written written = store.write(List.of(
                    new Write.Declare(
                            row.id(), row.meta().generation(), row.meta().labels(), desired),
                    Stories.declared(after, Optional.of(row), clock.now())));
            if (written instanceof Written.Done(List<Row> rows)) {
                return rows.getFirst();
            }
        }
        throw contended(call);
    }

    private Reply show(Call call) {
        Optional<Name> project = project(call).map(row -> row.meta().name());
        Name name = call.name("name");
        List<Optional<Name>> places = project.isEmpty()
                ? List.of(Optional.empty())
                : rules.shownIn(project.get()).stream().map(Optional::of).toList();
        for (Optional<Name> place : places) {
            Optional<Row> row = store.find(kind.word(), place, name);
            if (row.isPresent()) {
                return shown(call, 200, row.get());
            }
        }
        throw missing(call, project);
    }

    private Reply events(Call call) {
        Row row = find(call);
        Name name = row.meta().name();
        if (call.flag("watch")) {
            List<Name> projects = row.meta().project().map(List::of).orElse(List.of());
            return watch.reply(
                    call,
                    new Watch.Interest(projects, Labels.NONE, () -> Optional.of(List.of(name))),
                    one -> stories.of(one, event -> rules.told(event, call.caller())));
        }
        return Reply.ok(stories.of(row, event -> rules.told(event, call.caller())));
    }

    private Reply list(Call call) {
        List<Name> projects =
                project(call).map(row -> rules.shownIn(row.meta().name())).orElse(List.of());
        Labels labels = call.query("labels").map(Declarations::selector).orElse(Labels.NONE);
        if (call.flag("watch")) {
            Function<Row, Object> shown = row -> item(row, call.caller());
            return watch.reply(call, new Watch.Interest(projects, labels, () -> rules.seen(call.caller())), shown);
        }
        int limit = call.number("limit")
                .map(wanted -> (int) Math.min(wanted, Query.LIMIT + 1))
                .orElse(PAGE);
        Query query = new Query(kind.word(), projects, labels, Optional.empty(), call.query("after"), limit);
        Page page = rules.seen(call.caller()).map(names -> page(query, names)).orElseGet(() -> store.list(query));
        Function<Row, T> lens = rules.lens(call.caller(), page.rows());
        return Reply.ok(new Api.Items<>(
                page.rows().stream().map(row -> item(row, call.caller(), lens)).toList(), page.next(), page.version()));
    }

    /** The page that the query asks for, of rows with these names alone: the few that a caller may see among the many that there are. */
    private Page page(Query query, List<Name> names) {
        long version = store.version(); // before the first row is read: watching from it misses nothing
        String after = query.after()
                .map(cursor -> cursor.substring(cursor.indexOf('/') + 1))
                .orElse("");
        List<Row> rows = new ArrayList<>();
        for (Name name : new TreeSet<>(names)) {
            Optional<Row> row = name.value().compareTo(after) <= 0
                    ? Optional.empty()
                    : store.find(query.kind(), Optional.empty(), name)
                            .filter(found -> found.meta().labels().match(query.labels()));
            if (row.isPresent() && rows.size() == query.limit()) {
                return new Page(rows, Optional.of("/" + rows.getLast().meta().name()), version);
            }
            row.ifPresent(rows::add);
        }
        return new Page(rows, Optional.empty(), version);
    }

    private Reply declare(Call call) throws IOException {
        Body body = call.read(Body.class);
        S spec = Specs.read(
                rules.spec(),
                body.spec()
                        .filter(given -> !given.isNull() && !given.isMissingNode())
                        .orElse(JsonNodeFactory.instance.objectNode()));
        Labels labels = body.labels().orElse(Labels.NONE);
        Name name = call.name("name");
        boolean createOnly = call.header("If-None-Match").filter("*"::equals).isPresent();
        Optional<Long> generation = call.header("If-Match").map(Declarations::generation);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Row> project = project(call);
            Optional<Row> before =
                    store.find(kind.word(), project.map(row -> row.meta().name()), name);
            if (before.isPresent() && createOnly) {
                throw Refused.conflict(
                        "name-taken",
                        "another " + kind.word() + " is named '" + name + "'"
                                + (before.get().meta().wanted() ? "" : ", which is being deleted"),
                        "choose another name, or leave out If-None-Match to change it");
            }
            checkGeneration(before, generation);
            before.ifPresent(Declarations::refuseIfDeleted);
            UUID id = before.map(Row::id).orElseGet(UUID::randomUUID);
            Rules.Wish<S> wish = new Rules.Wish<>(id, project, name, labels, spec, before, call.caller());
            Rules.Admitted<S> admitted = rules.admit(wish);
            String desired = Wire.write(admitted.spec());
            if (before.isPresent() && same(before.get(), labels, desired)) {
                return shown(call, 200, before.get());
            }
            List<Write> writes = before.map(row -> change(row, wish, desired, admitted.beside()))
                    .orElseGet(() -> creation(wish, desired, admitted.beside()));
            switch (store.write(writes)) {
                case Written.Done(List<Row> rows) -> {
                    return shown(call, before.isPresent() ? 200 : 201, rows.getFirst());
                }
                case Written.Refused why ->
                    rules.refusal(wish, why).ifPresent(refused -> {
                        throw refused;
                    });
            }
        }
        throw contended(call);
    }

    private List<Write> change(Row before, Rules.Wish<S> wish, String desired, List<Write> beside) {
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Declare(before.id(), before.meta().generation(), wish.labels(), desired));
        writes.addAll(beside);
        writes.add(Stories.declared(fresh(wish, desired), Optional.of(before), clock.now()));
        return writes;
    }

    /** All that is written to make something. */
    List<Write> creation(Rules.Wish<S> wish, String desired, List<Write> beside) {
        Row row = fresh(wish, desired);
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Create(row));
        writes.addAll(beside);
        writes.add(Stories.declared(row, Optional.empty(), clock.now()));
        return writes;
    }

    private Reply delete(Call call) {
        Optional<Long> generation = call.header("If-Match").map(Declarations::generation);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Row row = find(call);
            checkGeneration(Optional.of(row), generation);
            if (!row.meta().wanted()) {
                return shown(call, 202, row);
            }
            List<Write> writes = Stories.deleted(row, rules.deletion(row, call.caller()), clock.now());
            if (store.write(writes) instanceof Written.Done(List<Row> rows)) {
                return shown(call, 202, rows.getFirst());
            }
        }
        throw contended(call);
    }

    private Reply shown(Call call, int status, Row row) {
        return Reply.json(status, item(row, call.caller()))
                .with("ETag", "\"" + row.meta().generation() + "\"");
    }

    private Api.Item<S, T> item(Row row, Caller caller, Function<Row, T> lens) {
        Meta meta = row.meta();
        return new Api.Item<>(
                row.kind(),
                meta.project(),
                meta.name(),
                meta.id(),
                meta.generation(),
                meta.version(),
                meta.created(),
                meta.deleted(),
                meta.labels(),
                rules.shown(Wire.stored(row.desired(), rules.spec()), caller),
                lens.apply(row));
    }

    private Row fresh(Rules.Wish<S> wish, String desired) {
        Optional<Name> project = wish.project().map(row -> row.meta().name());
        Meta meta = new Meta(wish.id(), project, wish.name(), wish.labels(), 1, 0, 0, 0, clock.now(), Optional.empty());
        return new Row(kind.word(), meta, desired, rules.undecided(), Row.EMPTY, Optional.empty());
    }

    Optional<Row> project(Call call) {
        if (!kind.scoped()) {
            return Optional.empty();
        }
        Name name = call.name("project");
        return Optional.of(store.find(Kind.PROJECT.word(), Optional.empty(), name)
                .orElseThrow(() -> Admission.noProject(
                        name,
                        call.caller().operator()
                                ? Closest.names(store, Kind.PROJECT, List.of())
                                : Admission.seen(call.caller()))));
    }

    private Refused missing(Call call, Optional<Name> project) {
        Name name = call.name("name");
        List<Name> places = project.map(rules::shownIn).orElse(List.of());
        return Refused.notFound(
                "there is no " + kind.word() + " '" + name + "'"
                        + project.map(p -> " in project " + p).orElse("")
                        + Closest.hint(name, Closest.names(store, kind, places)),
                "");
    }

    private static boolean same(Row row, Labels labels, String desired) {
        return row.meta().labels().equals(labels)
                && Wire.read("stored", row.desired(), JsonNode.class)
                        .equals(Wire.read("desired", desired, JsonNode.class));
    }

    private static void refuseIfDeleted(Row row) {
        if (!row.meta().wanted()) {
            throw Refused.conflict(
                    "being-deleted",
                    "the " + row.kind() + " '" + row.meta().name() + "' is being deleted",
                    "wait until it is gone, or choose another name");
        }
    }

    private static void checkGeneration(Optional<Row> row, Optional<Long> wanted) {
        if (wanted.isPresent() && !row.map(r -> r.meta().generation()).equals(wanted)) {
            throw new Refused(
                    412,
                    "stale",
                    row.map(r -> "it is at generation " + r.meta().generation() + " now, not " + wanted.get())
                            .orElse("it does not exist"),
                    "read it again, and decide again");
        }
    }

    private static Refused contended(Call call) {
        return Refused.conflict(
                "contended", call.path() + " is being changed by others all the time", "try again in a moment");
    }

    private static long generation(String tag) {
        return Call.number("If-Match", tag.replaceAll("^W/|\"", ""));
    }

    /** Reads {@code a=b,c=d}. */
    static Labels selector(String text) {
        Map<String, String> pairs = new TreeMap<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new BadValue("labels", "'" + pair + "' is not a label: write them as a=b,c=d");
            }
            pairs.put(
                    pair.substring(0, equals).strip(),
                    pair.substring(equals + 1).strip());
        }
        return Labels.of(pairs);
    }
}

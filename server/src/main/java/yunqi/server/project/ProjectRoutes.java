package yunqi.server.project;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.project.Project;
import yunqi.core.project.ProjectSpec;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;
import yunqi.server.http.Rules;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** Projects: made with what every project has from the start, removed only when empty. */
public final class ProjectRoutes implements Rules<ProjectSpec, Api.ProjectStatus> {
    private static final List<Kind> INSIDE = List.of(Kind.INSTANCE, Kind.NETWORK, Kind.IMAGE);
    private static final int NAMED = 3; // things named in a refusal; the rest is counted

    private final Store store;
    private final Clock clock;
    private final BiFunction<Meta, Clock, List<Write>> first;

    /** {@code first} gives what every project has from the start: the kinds that live in it come later and are not known here. */
    public ProjectRoutes(Store store, Clock clock, BiFunction<Meta, Clock, List<Write>> first) {
        this.store = store;
        this.clock = clock;
        this.first = first;
    }

    @Override
    public Kind kind() {
        return Kind.PROJECT;
    }

    /** Everybody signed in may list those that he sees. */
    @Override
    public Right.Of rights() {
        return new Right.Of(Right.SIGNED_IN, Right.VIEWER, Right.OPERATOR, Right.OPERATOR);
    }

    @Override
    public Optional<List<Name>> seen(Caller caller) {
        return caller.operator()
                ? Optional.empty()
                : Optional.of(List.copyOf(caller.roles().keySet()));
    }

    @Override
    public Class<ProjectSpec> spec() {
        return ProjectSpec.class;
    }

    @Override
    public Class<Api.ProjectStatus> status() {
        return Api.ProjectStatus.class;
    }

    @Override
    public Admitted<ProjectSpec> admit(Wish<ProjectSpec> wish) {
        List<Write> beside = new ArrayList<>(wish.before().isPresent() ? List.of() : beside(meta(wish)));
        beside.add(Quotas.limit(wish.name(), wish.spec().quota()));
        return new Admitted<>(wish.spec(), beside);
    }

    /** All that is written to make a project, its row included: for the first start. */
    public List<Write> founding(Row project) {
        List<Write> writes = new ArrayList<>(List.of(new Write.Create(project)));
        writes.addAll(beside(project.meta()));
        writes.add(Quotas.limit(project.meta().name(), Optional.empty()));
        return writes;
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        Name name = row.meta().name();
        if (name.equals(Project.DEFAULT) || name.equals(Project.LIBRARY)) {
            throw Refused.conflict("built-in", "project '" + name + "' is part of every site", "");
        }
        List<String> inside = new ArrayList<>();
        INSIDE.forEach(kind -> inside(kind, name).ifPresent(inside::add));
        if (!inside.isEmpty()) {
            throw Refused.conflict(
                    "not-empty",
                    "project '" + name + "' holds " + String.join(", ", inside),
                    "delete those first and wait until they are gone");
        }
        List<Write> writes = new ArrayList<>();
        grants(name).forEach(grant -> writes.addAll(UserTable.removal(grant, clock)));
        writes.add(0, new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now()));
        writes.add(new Write.Unlimit(ProjectTable.pool(row.id())));
        writes.add(new Write.Unlimit(Quotas.pool(name)));
        writes.add(new Write.Remove(row.id(), row.meta().decision()));
        return writes;
    }

    @Override
    public Function<Row, Api.ProjectStatus> lens(Caller caller, Collection<Row> rows) {
        return row -> {
            Optional<Name> name = Optional.of(row.meta().name());
            return new Api.ProjectStatus(
                    "ready",
                    "in use",
                    row.meta().created(),
                    store.count(Kind.INSTANCE.word(), name),
                    store.count(Kind.NETWORK.word(), name),
                    store.count(Kind.IMAGE.word(), name),
                    Quotas.used(store.charged(Quotas.pool(name.get()))));
        };
    }

    /** Who has a role in it. They go with it, and so can't be in the project that gets its name next. */
    private List<Row> grants(Name project) {
        List<Row> all = new ArrayList<>();
        Query query = new Query(
                UserTable.GRANT, List.of(project), Labels.NONE, Optional.empty(), Optional.empty(), Query.LIMIT);
        while (true) {
            Page page = store.list(query);
            all.addAll(page.rows());
            if (page.next().isEmpty()) {
                return all;
            }
            query = query.after(page.next().get());
        }
    }

    private List<Write> beside(Meta project) {
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Limit(ProjectTable.pool(project.id()), Things.ANY));
        writes.addAll(first.apply(project, clock));
        return writes;
    }

    private Meta meta(Wish<ProjectSpec> wish) {
        return new Meta(
                wish.id(), Optional.empty(), wish.name(), wish.labels(), 1, 0, 0, 0, clock.now(), Optional.empty());
    }

    /** A row for a project that is there from the first start. */
    public static Row builtIn(Meta meta, String description) {
        return new Row(
                ProjectTable.KIND,
                meta,
                Wire.write(new ProjectSpec(description, Optional.empty())),
                Row.EMPTY,
                Row.EMPTY,
                Optional.empty());
    }

    /** {@code 12 instances (a, b, c, …)}, or nothing. */
    private Optional<String> inside(Kind kind, Name project) {
        long count = store.count(kind.word(), Optional.of(project));
        if (count == 0) {
            return Optional.empty();
        }
        List<Row> some = store.list(new Query(
                        kind.word(), List.of(project), Labels.NONE, Optional.empty(), Optional.empty(), NAMED))
                .rows();
        String names = String.join(
                ", ", some.stream().map(row -> row.meta().name().value()).toList());
        return Optional.of(count + " " + (count == 1 ? kind.word() : kind.plural()) + " (" + names
                + (count > some.size() ? ", …" : "") + ")");
    }
}

package yunqi.server.site;

import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditChain.Found;
import yunqi.core.audit.AuditChain.Mark;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.AuditFilter;
import yunqi.core.audit.AuditPage;
import yunqi.core.audit.AuditVerdict;
import yunqi.core.base.BadValue;
import yunqi.core.wire.Wire;
import yunqi.server.http.Call;
import yunqi.server.http.Refused;
import yunqi.server.http.Reply;
import yunqi.server.http.Right;
import yunqi.server.http.Route;
import yunqi.server.project.ProjectTable;
import yunqi.server.store.Audit;
import yunqi.server.store.Audit.Asked;
import yunqi.server.store.Audit.Ends;
import yunqi.server.store.Store;

/** Who did what: shown, searched, exported, and checked. Operators see everything, admins of a project what was done in it. */
public final class AuditRoutes {
    private static final String LINES = "application/x-ndjson";
    private static final int PAGE = 100; // what a list gives if it isn't asked for more
    private static final int LIST_LIMIT = 1_000;
    private static final int CHECKED_AT_ONCE = 10; // pages: about a second's work

    private final Store store;
    private final Audit audit;

    public AuditRoutes(Store store, Audit audit) {
        this.store = store;
        this.audit = audit;
    }

    public List<Route> routes() {
        String projects = "/v1/projects/{project}/audit";
        return List.of(
                list(Right.OPERATOR, "/v1/audit", "Who did what, newest first")
                        .query("project", "only in this project"),
                list(Right.ADMIN, projects, "Who did what in a project, newest first"),
                export(Right.OPERATOR, "/v1/audit/export", "Who did what, oldest first, one JSON a line")
                        .query("project", "only in this project"),
                export(Right.ADMIN, projects + "/export", "Who did what in a project, oldest first, one JSON a line"),
                Route.get(
                                Right.OPERATOR,
                                "/v1/audit/verify",
                                "Computes the chain of hashes anew, some ten thousand entries at once, and names the first that is not as it was",
                                this::verify)
                        .query("after", "go on after the entry of this number; from the beginning if not said")
                        .query("hash", "the hash of that entry, as the last answer or an export had it")
                        .gives(200, AuditVerdict.class));
    }

    private Route list(Right right, String path, String summary) {
        return filtered(Route.get(right, path, summary, call -> list(call, filter(right, call))))
                .query("limit", "at most so many, 1 to " + LIST_LIMIT + "; " + PAGE + " if not said")
                .query("after", "the page after this cursor")
                .gives(200, AuditPage.class);
    }

    private Route export(Right right, String path, String summary) {
        return filtered(Route.get(right, path, summary, call -> export(call, filter(right, call))))
                .query(
                        "limit",
                        "at most so many, 1 to " + Audit.PAGE_LIMIT + ", which is also what is given if not said")
                .query("after", "entries with greater numbers; fewer than the limit are the last")
                .givesText(LINES)
                .recordedAlways();
    }

    private static Route filtered(Route route) {
        return route.query("actor", "only of this user")
                .query("kind", "only about this kind of thing")
                .query("name", "only about things of this name")
                .query("from", "not before this time")
                .query("to", "before this time")
                .query("result", "accepted, refused or unknown");
    }

    private Reply list(Call call, AuditFilter filter) {
        int limit = limit(call, PAGE, LIST_LIMIT);
        long before = call.number("after").orElse(Long.MAX_VALUE);
        long version = audit.ends().head().number();
        List<AuditEntry> entries = audit.list(new Asked(filter, true, before, limit));
        Optional<String> next = entries.size() < limit
                ? Optional.empty()
                : Optional.of(Long.toString(entries.getLast().number()));
        return Reply.ok(new AuditPage(entries, next, version));
    }

    private Reply export(Call call, AuditFilter filter) {
        int limit = limit(call, Audit.PAGE_LIMIT, Audit.PAGE_LIMIT);
        StringBuilder lines = new StringBuilder();
        audit.list(new Asked(filter, false, call.number("after").orElse(0L), limit))
                .forEach(entry -> lines.append(Wire.write(entry)).append('\n'));
        return Reply.text(LINES, lines.toString());
    }

    /** In a project only what was done since it was made: there may have been another of its name. */
    private AuditFilter filter(Right right, Call call) {
        AuditFilter filter = AuditFilter.read(call::query);
        if (right == Right.OPERATOR) {
            return filter; // theirs are the routes without a project
        }
        var project = call.name("project");
        return store.find(ProjectTable.KIND, Optional.empty(), project)
                .map(row -> filter.in(project.value(), row.meta().created().truncatedTo(ChronoUnit.MILLIS)))
                .orElseThrow(() -> Refused.notFound("there is no project '" + project + "'", ""));
    }

    private static int limit(Call call, int usual, int most) {
        long limit = call.number("limit").orElse((long) usual);
        if (limit < 1 || limit > most) {
            throw new BadValue("limit", limit + " is not between 1 and " + most);
        }
        return (int) limit;
    }

    private Reply verify(Call call) {
        Ends ends = audit.ends();
        Optional<Long> after = call.number("after");
        if (after.isPresent() != call.query("hash").isPresent()) {
            throw new BadValue("hash", "after and hash belong together");
        }
        Mark from = after.map(number -> new Mark(number, call.query("hash").orElseThrow()))
                .orElse(ends.start());
        if (from.number() < ends.start().number()) {
            throw new BadValue(
                    "after", "entries up to " + ends.start().number() + " are no longer kept; begin after that");
        }
        if (from.number() > ends.head().number()) {
            long end = ends.head().number();
            return Reply.ok(AuditVerdict.broken(
                    from, end + 1, "the chain ends with entry " + end + ", and there was an entry " + from.number()));
        }
        return Reply.ok(verdict(from, ends));
    }

    private AuditVerdict verdict(Mark from, Ends ends) {
        Mark mark = from;
        for (int page = 0; page < CHECKED_AT_ONCE && mark.number() < ends.head().number(); page++) {
            List<AuditEntry> entries = audit.list(Asked.after(mark.number(), Audit.PAGE_LIMIT));
            Ends now = audit.ends();
            if (now.start().number() > mark.number()) {
                mark = now.start(); // what we were about to read has been let go meanwhile
                continue;
            }
            if (entries.isEmpty()) {
                long next = mark.number() + 1;
                return AuditVerdict.broken(
                        mark,
                        next,
                        "entry " + next + " is missing; the last should be "
                                + ends.head().number());
            }
            switch (AuditChain.check(mark, entries)) {
                case Found.Whole whole -> mark = whole.upto();
                case Found.Broken broken -> {
                    return AuditVerdict.broken(mark, broken.number(), broken.why());
                }
            }
        }
        if (mark.number() == ends.head().number() && !mark.equals(ends.head())) {
            return AuditVerdict.broken(
                    mark, mark.number(), "entry " + mark.number() + " is not the last that was appended");
        }
        return AuditVerdict.whole(mark, mark.number() >= ends.head().number());
    }
}

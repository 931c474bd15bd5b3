package yunqi.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.audit.Outcome;
import yunqi.core.base.BadValue;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.wire.Api;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/**
 * Many things of one kind made by one request: each is admitted and written by itself, as if it came alone, and has an answer and an entry in the audit of its own. What is there already is
 * refused and stays as it is.
 */
final class Creations<S extends Record, T> {
    private static final int LIMIT = 1_000; // things at once; their bytes are bounded by the body

    private final Store store;
    private final Declarations<S, T> declarations;
    private final Rules<S, T> rules;

    /** The body, as the description shows it. */
    record Many<S>(List<One<S>> items) {}

    record One<S>(Name name, Optional<Labels> labels, S spec) {}

    private record Body(List<Entry> items) {}

    private record Entry(String name, Optional<Labels> labels, Optional<JsonNode> spec) {}

    /** One that is admitted: at which place in the request, as what, and all that is to be written. */
    private record Admitted<S>(int place, Rules.Wish<S> wish, List<Write> writes) {}

    Creations(Store store, Declarations<S, T> declarations, Rules<S, T> rules) {
        this.store = store;
        this.declarations = declarations;
        this.rules = rules;
    }

    Reply create(Call call) throws IOException {
        List<Entry> entries = call.read(Body.class).items();
        if (entries.isEmpty() || entries.size() > LIMIT) {
            throw new BadValue("items", entries.size() + " things: send 1 to " + LIMIT + " at once");
        }
        Optional<Row> project = declarations.project(call);
        Api.Made[] made = new Api.Made[entries.size()];
        List<Admitted<S>> admitted = new ArrayList<>();
        for (int i = 0; i < made.length; i++) {
            Entry entry = entries.get(i);
            try {
                admitted.add(admit(call, project, entry, i));
            } catch (Refused | BadValue trouble) {
                made[i] = refused(
                        call,
                        entry.name(),
                        there(project, entry) ? taken(entry.name()) : Problems.refusal(trouble, call.id()));
            }
        }
        List<Written> written =
                store.writeAll(admitted.stream().map(Admitted::writes).toList());
        for (int i = 0; i < written.size(); i++) {
            Admitted<S> one = admitted.get(i);
            String name = one.wish.name().value();
            made[one.place] = switch (written.get(i)) {
                case Written.Done(List<Row> rows) -> done(call, name, rows.getFirst());
                case Written.Refused why -> refused(call, name, refusal(one.wish, why));
            };
        }
        return Reply.ok(new Api.AllMade(List.of(made)));
    }

    private Admitted<S> admit(Call call, Optional<Row> project, Entry entry, int place) {
        Name name = new Name(entry.name());
        JsonNode spec = entry.spec()
                .filter(given -> !given.isNull() && !given.isMissingNode())
                .orElse(JsonNodeFactory.instance.objectNode());
        Labels labels = entry.labels().orElse(Labels.NONE);
        Rules.Wish<S> wish = new Rules.Wish<>(
                UUID.randomUUID(),
                project,
                name,
                labels,
                Specs.read(rules.spec(), spec),
                Optional.empty(),
                call.caller());
        Rules.Admitted<S> admitted = rules.admit(wish);
        return new Admitted<>(place, wish, declarations.creation(wish, Wire.write(admitted.spec()), admitted.beside()));
    }

    private Refused refusal(Rules.Wish<S> wish, Written.Refused why) {
        if (why.reason() == Written.Reason.NAME_TAKEN) {
            return taken(wish.name().value());
        }
        return rules.refusal(wish, why)
                .orElseGet(() -> Refused.conflict(
                        "contended", "somebody changed what it needs at the same time", "try again in a moment"));
    }

    /** What is there already is not asked whether it could be made now. */
    private boolean there(Optional<Row> project, Entry entry) {
        try {
            Optional<Name> place = project.map(row -> row.meta().name());
            return store.find(rules.kind().word(), place, new Name(entry.name()))
                    .isPresent();
        } catch (BadValue none) {
            return false; // what cannot be a name is nobody's
        }
    }

    private Refused taken(String name) {
        return Refused.conflict(
                "name-taken",
                "another " + rules.kind().word() + " is named '" + name + "'",
                "choose another name, or change it by a PUT");
    }

    private static Api.Made done(Call call, String name, Row row) {
        call.did(name, Outcome.accepted(201));
        return new Api.Made(name, 201, Optional.of(row.id()), Optional.empty());
    }

    private static Api.Made refused(Call call, String name, Refused why) {
        call.did(name, Outcome.refused(why.status(), why.code(), why.field()));
        return new Api.Made(name, why.status(), Optional.empty(), Optional.of(Problems.problem(why, call.id())));
    }
}

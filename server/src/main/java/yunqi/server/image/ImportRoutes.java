package yunqi.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.base.Name;
import yunqi.core.image.ImageIntake;
import yunqi.core.image.ImageLimits;
import yunqi.core.image.Import;
import yunqi.core.image.ImportDecided;
import yunqi.core.image.ImportSpec;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Specs;
import yunqi.server.http.Call;
import yunqi.server.http.Refused;
import yunqi.server.http.Reply;
import yunqi.server.http.Right;
import yunqi.server.http.Route;
import yunqi.server.project.ProjectTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** Imports: asked for, sent to, looked at, given up. The work itself is control's. */
public final class ImportRoutes {
    /** A part of a file that is sent. Small enough to be sent again when a line breaks, large enough that a fast line is kept busy. */
    public static final long PART = 32L << 20;

    private static final Duration PART_TIME = Duration.ofMinutes(5); // 100 KB/s for the largest part
    private static final int SENDERS = 16; // at once; each holds a request's place for as long as its line takes
    private static final String PATH = Kind.IMAGE.path("{project}") + "/{name}/import";

    private record Body(Optional<JsonNode> spec) {}

    /** The body, as the description shows it. */
    private record Wished(ImportSpec spec) {}

    private final Store store;
    private final Clock clock;
    private final ImageIntake intake;
    private final ImageLimits limits;
    private final Semaphore senders = new Semaphore(SENDERS);

    public ImportRoutes(Store store, Clock clock, ImageIntake intake, ImageLimits limits) {
        this.store = store;
        this.clock = clock;
        this.intake = intake;
        this.limits = limits;
    }

    public List<Route> routes() {
        return List.of(
                Route.post(
                                Right.MEMBER,
                                PATH,
                                "Begins to import an image from an address, or from a file that is sent next",
                                this::begin)
                        .takes(Wished.class)
                        .gives(202, Api.ImportStatus.class),
                Route.get(Right.VIEWER, PATH, "Says how far an import is", this::show)
                        .gives(200, Api.ImportStatus.class),
                Route.put(
                                Right.MEMBER,
                                PATH + "/file",
                                "Sends the next part of the file of an import, as bytes",
                                this::part)
                        .query("offset", "where the part begins: as much as is received already")
                        .gives(200, Api.ImportStatus.class),
                Route.delete(Right.MEMBER, PATH, "Gives an import up", this::giveUp)
                        .gives(202, Api.ImportStatus.class));
    }

    /** Asking again for the same goes on with it; asking for something else takes over the name once the former has ended. */
    private Reply begin(Call call) throws IOException {
        ImportSpec spec = Specs.read(
                ImportSpec.class, call.read(Body.class).spec().orElse(JsonNodeFactory.instance.objectNode()));
        spec.size().filter(size -> size.compareTo(limits.stored()) > 0).ifPresent(size -> {
            throw Refused.unfit(
                    "too-large",
                    "spec.size",
                    "it has " + size + "; the most that is taken here is " + limits.stored(),
                    "");
        });
        Row project = project(call);
        Name name = call.name("name");
        store.find(
                        ImageTable.KIND,
                        project.meta()
                                .project()
                                .or(() -> Optional.of(project.meta().name())),
                        name)
                .map(ImageTable::read)
                .filter(image -> image.spec().type() != spec.type())
                .ifPresent(_ -> {
                    throw Refused.unfit(
                            "type-is-fixed",
                            "type",
                            "the image '" + name + "' is of another type",
                            "choose another name");
                });
        Optional<Row> before =
                store.find(ImportTable.KIND, Optional.of(project.meta().name()), name);
        List<Write> writes = new ArrayList<>();
        if (before.isPresent()) {
            Import running = ImportTable.read(before.get());
            if (running.spec().equals(spec) && running.decided().state() != ImportDecided.State.FAILED) {
                return Reply.json(202, status(before.get()));
            }
            if (!running.decided().over()) {
                throw Refused.conflict(
                        "import-running",
                        "another file is being imported as '" + name + "': "
                                + running.decided().message(),
                        "wait for it, or give it up: DELETE " + call.path());
            }
            writes.addAll(removal(before.get()));
        }
        Row fresh = ImportTable.fresh(project.meta().name(), name, spec, clock.now());
        writes.add(new Write.Create(fresh));
        if (store.write(writes) instanceof Written.Refused refused) {
            throw Refused.conflict(
                    "contended", call.path() + " is being changed by others: " + refused.detail(), "try again");
        }
        return Reply.json(202, status(fresh));
    }

    private Reply show(Call call) {
        return Reply.ok(status(find(call)));
    }

    private Reply part(Call call) throws IOException {
        Row row = find(call);
        Import it = ImportTable.read(row);
        Bytes size = it.spec()
                .size()
                .orElseThrow(
                        () -> Refused.conflict("not-sent", "the file of this import is fetched from its address", ""));
        if (it.decided().over()) {
            throw Refused.conflict(
                    "import-over", "the import has ended: " + it.decided().message(), "begin it again");
        }
        Bytes offset = new Bytes(call.number("offset").orElseThrow(() -> new BadValue("offset", "is missing")));
        if (!senders.tryAcquire()) {
            throw Refused.later("busy", SENDERS + " files are being sent already", 5);
        }
        try {
            Bytes received = take(row, offset, call.body(PART, PART_TIME), size);
            if (received.equals(size)) {
                // Nothing changes but the generation: control is woken, and need not look at every sender all the time.
                store.write(List.of(new Write.Declare(
                        row.id(), row.meta().generation(), row.meta().labels(), row.desired())));
            }
            return Reply.ok(status(row));
        } finally {
            senders.release();
        }
    }

    private Bytes take(Row row, Bytes offset, InputStream bytes, Bytes size) throws IOException {
        try (bytes) {
            return intake.append(row.id(), offset, bytes, size);
        } catch (EngineException e) {
            String why = String.valueOf(e.getMessage());
            throw switch (e.kind()) {
                case REFUSED -> Refused.conflict("wrong-offset", why, "ask how much is received, and go on there");
                case BUSY -> Refused.conflict("busy", why, "ask how much is received, and go on there");
                case NO_CAPACITY -> new Refused(507, "no-room", why, "make room, and go on");
                case UNAVAILABLE -> Refused.later("unavailable", why, 5);
            };
        }
    }

    private Reply giveUp(Call call) {
        Row row = find(call);
        Api.ImportStatus last = status(row);
        if (store.write(removal(row)) instanceof Written.Refused refused) {
            throw Refused.conflict("contended", "the import goes on meanwhile: " + refused.detail(), "try again");
        }
        return Reply.json(202, last);
    }

    private static List<Write> removal(Row row) {
        return List.of(
                new Write.MarkDeleted(
                        row.id(), row.meta().generation(), row.meta().created()),
                new Write.Remove(row.id(), row.meta().decision()));
    }

    private Api.ImportStatus status(Row row) {
        Import it = ImportTable.read(row);
        Bytes received;
        try {
            received = intake.received(row.id());
        } catch (EngineException e) {
            throw Refused.later("unavailable", String.valueOf(e.getMessage()), 5);
        }
        ImportDecided decided = it.decided();
        return new Api.ImportStatus(
                it.meta().name(),
                decided.state().name().toLowerCase(Locale.ROOT),
                decided.message(),
                decided.since(),
                received,
                it.spec().size(),
                decided.image());
    }

    private Row project(Call call) {
        Name name = call.name("project");
        return store.find(ProjectTable.KIND, Optional.empty(), name)
                .filter(row -> row.meta().wanted())
                .orElseThrow(
                        () -> Refused.notFound("there is no project '" + name + "'", "'yunqi project list' shows all"));
    }

    private Row find(Call call) {
        Name project = project(call).meta().name();
        Name name = call.name("name");
        return store.find(ImportTable.KIND, Optional.of(project), name)
                .orElseThrow(() ->
                        Refused.notFound("nothing is being imported as '" + name + "' in project " + project, ""));
    }
}

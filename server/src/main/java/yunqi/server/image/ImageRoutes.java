package yunqi.server.image;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.base.Name;
import yunqi.core.image.ImageInspector;
import yunqi.core.image.ImageSpec;
import yunqi.core.project.Project;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;
import yunqi.server.http.Rules;
import yunqi.server.project.Things;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** Images: those of the project {@code library} are shown to all. A newer image may take over a name; instances keep what they were made from. */
public final class ImageRoutes implements Rules<ImageSpec, Api.ImageStatus> {
    private static final int RETRY_SECONDS = 5; // the registry is started again within that

    private final Clock clock;
    private final ImageInspector inspector;
    private final BiFunction<Row, Caller, List<String>> users;

    /** {@code users} names some instances that use an image, to one who may see them: instances come later and are not known here. */
    public ImageRoutes(Clock clock, ImageInspector inspector, BiFunction<Row, Caller, List<String>> users) {
        this.clock = clock;
        this.inspector = inspector;
        this.users = users;
    }

    @Override
    public Kind kind() {
        return Kind.IMAGE;
    }

    /** Those of the library are for all. */
    @Override
    public Right.Of rights() {
        return new Right.Of(Right.READER, Right.READER, Right.MEMBER, Right.MEMBER);
    }

    @Override
    public Class<ImageSpec> spec() {
        return ImageSpec.class;
    }

    @Override
    public Class<Api.ImageStatus> status() {
        return Api.ImageStatus.class;
    }

    /** What is said of an image is not taken on trust: it is looked into before it has a name that instances can be made from. */
    @Override
    public Admitted<ImageSpec> admit(Wish<ImageSpec> wish) {
        Row project = wish.project().orElseThrow();
        Optional<ImageSpec> before = wish.before().map(row -> Wire.stored(row.desired(), ImageSpec.class));
        if (before.filter(old -> old.type() != wish.spec().type()).isPresent()) {
            throw Refused.unfit(
                    "type-is-fixed", "spec.type", "an image does not change its type", "choose another name");
        }
        checkOwner(project.meta().name(), wish.spec(), wish.caller());
        ImageSpec spec = before.filter(old -> old.plan().equals(wish.spec().plan()))
                .map(old -> wish.spec().withSize(old.size()))
                .orElseGet(() -> inspected(wish.spec()));
        return new Admitted<>(spec, before.isPresent() ? List.of() : List.of(Things.charge(project, wish.id())));
    }

    /**
     * A project that could name another's repository could read all that is in it. The library alone may show what is elsewhere, if whoever publishes
     * it may see it there.
     */
    private static void checkOwner(Name project, ImageSpec spec, Caller caller) {
        String owner = spec.repository().replaceFirst("/.*", "");
        boolean published = project.equals(Project.LIBRARY)
                && caller.roles().keySet().stream()
                        .anyMatch(name -> name.value().equals(owner));
        if (!(owner.equals(project.value()) || published || (project.equals(Project.LIBRARY) && caller.operator()))) {
            throw Refused.unfit(
                    "not-yours",
                    "spec.repository",
                    "images of project '" + project + "' are in repositories below " + project + "/",
                    "push it to " + project + "/NAME first");
        }
    }

    private ImageSpec inspected(ImageSpec said) {
        try {
            return inspector.inspect(said);
        } catch (EngineException e) {
            if (e.kind() == EngineException.Kind.REFUSED) {
                throw Refused.unfit(
                        "unfit-image", "spec.digest", String.valueOf(e.getMessage()), "push another, and declare that");
            }
            throw Refused.later("registry-unavailable", String.valueOf(e.getMessage()), RETRY_SECONDS);
        }
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        return FlavorRoutes.removal(row, users.apply(row, caller), clock);
    }

    @Override
    public Function<Row, Api.ImageStatus> lens(Caller caller, Collection<Row> rows) {
        return row -> new Api.ImageStatus(
                "ready",
                "can be used",
                row.meta().created(),
                row.meta().project().filter(Project.LIBRARY::equals).isPresent() ? "public" : "project");
    }

    @Override
    public List<Name> shownIn(Name project) {
        return project.equals(Project.LIBRARY) ? List.of(project) : List.of(project, Project.LIBRARY);
    }
}

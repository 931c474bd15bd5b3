package yunqi.server.image;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import yunqi.core.base.Clock;
import yunqi.core.base.Name;
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
public final class ImageRoutes implements Rules<ImageSpec, Api.Plain> {
    private final Clock clock;
    private final BiFunction<Row, Caller, List<String>> users;

    /** {@code users} names some instances that use an image, to one who may see them: instances come later and are not known here. */
    public ImageRoutes(Clock clock, BiFunction<Row, Caller, List<String>> users) {
        this.clock = clock;
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
    public Class<Api.Plain> status() {
        return Api.Plain.class;
    }

    @Override
    public Admitted<ImageSpec> admit(Wish<ImageSpec> wish) {
        if (wish.before().isPresent()) {
            ImageSpec before = Wire.stored(wish.before().get().desired(), ImageSpec.class);
            if (before.type() != wish.spec().type()) {
                throw Refused.unfit(
                        "type-is-fixed", "spec.type", "an image does not change its type", "choose another name");
            }
            return new Admitted<>(wish.spec(), List.of());
        }
        return new Admitted<>(wish.spec(), List.of(Things.charge(wish.project().orElseThrow(), wish.id())));
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        return FlavorRoutes.removal(row, users.apply(row, caller), clock);
    }

    @Override
    public Function<Row, Api.Plain> lens(Caller caller) {
        return row -> new Api.Plain("ready", "can be used", row.meta().created());
    }

    @Override
    public List<Name> shownIn(Name project) {
        return project.equals(Project.LIBRARY) ? List.of(project) : List.of(project, Project.LIBRARY);
    }
}

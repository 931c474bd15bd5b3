package yunqi.server.instance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.instance.Instance;
import yunqi.core.project.Project;
import yunqi.server.http.Caller;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/**
 * Which instances use a flavor, an image, a network: asked before one of those is deleted. Whoever names it a moment later waits, and says for what;
 * nothing breaks.
 */
public final class InstanceUses {
    private static final int NAMED = 3; // so many are named, that is enough to refuse

    private final Store store;

    public InstanceUses(Store store) {
        this.store = store;
    }

    public List<String> flavor(Row flavor) {
        Name name = flavor.meta().name();
        return named(some(List.of(), instance -> instance.spec().flavor().equals(name)));
    }

    /** Those made from it or to be made from it; others' instances are not named. An image of the library is used wherever the project has none of that name itself. */
    public List<String> image(Row image, Caller caller) {
        Name name = image.meta().name();
        Name home = image.meta().project().orElseThrow();
        boolean library = home.equals(Project.LIBRARY);
        return some(
                        library ? List.of() : List.of(home),
                        instance -> instance.spec().image().equals(name)
                                && (!library || instance.project().equals(home) || !own(instance.project(), name)))
                .stream()
                .map(user -> user.seenBy(caller))
                .distinct()
                .toList();
    }

    public List<String> network(Row network) {
        Name name = network.meta().name();
        return named(some(
                List.of(network.meta().project().orElseThrow()),
                instance -> instance.spec().networks().stream()
                                .anyMatch(nic -> nic.network().equals(name))
                        || instance.decided().nics().stream()
                                .anyMatch(nic -> nic.network().value().equals(network.id()))));
    }

    private boolean own(Name project, Name image) {
        return store.find("image", Optional.of(project), image).isPresent();
    }

    private record User(Name project, Name instance) {
        String seenBy(Caller caller) {
            return caller.sees(project) ? "instance " + project + "/" + instance : "instances of other projects";
        }
    }

    private static List<String> named(List<User> users) {
        return users.stream().map(user -> user.seenBy(Caller.SITE)).toList();
    }

    private List<User> some(List<Name> projects, Predicate<Instance> uses) {
        List<User> names = new ArrayList<>();
        Query query =
                new Query(InstanceTable.KIND, projects, Labels.NONE, Optional.empty(), Optional.empty(), Query.LIMIT);
        while (true) {
            Page page = store.list(query);
            for (Row row : page.rows()) {
                Instance instance = InstanceTable.read(row);
                if (uses.test(instance)) {
                    names.add(new User(instance.project(), instance.meta().name()));
                    if (names.size() == NAMED) {
                        return names;
                    }
                }
            }
            if (page.next().isEmpty()) {
                return names;
            }
            query = query.after(page.next().get());
        }
    }
}

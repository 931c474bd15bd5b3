package yunqi.core.wire;

import java.util.List;
import java.util.Optional;
import yunqi.core.host.HostSpec;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImageSpec;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.network.NetworkSpec;
import yunqi.core.project.GrantSpec;
import yunqi.core.project.ProjectSpec;
import yunqi.core.project.UserSpec;

/** The kinds of things that the API knows, in dependency order: the word, the path, whether it lives in a project, and its spec. */
public enum Kind {
    PROJECT("project", false, ProjectSpec.class),
    USER("user", false, UserSpec.class),
    GRANT("grant", true, GrantSpec.class),
    HOST("host", false, HostSpec.class),
    FLAVOR("flavor", false, FlavorSpec.class),
    IMAGE("image", true, ImageSpec.class),
    NETWORK("network", true, NetworkSpec.class),
    INSTANCE("instance", true, InstanceSpec.class);

    private final String word;
    private final boolean scoped;
    private final Class<? extends Record> spec;

    Kind(String word, boolean scoped, Class<? extends Record> spec) {
        this.word = word;
        this.scoped = scoped;
        this.spec = spec;
    }

    public static Optional<Kind> of(String word) {
        return List.of(values()).stream().filter(kind -> kind.word.equals(word)).findFirst();
    }

    /** As users say it: {@code instance}. */
    public String word() {
        return word;
    }

    /** As it stands in paths: {@code instances}. */
    public String plural() {
        return word + "s";
    }

    /** True if its things live inside a project. */
    public boolean scoped() {
        return scoped;
    }

    public Class<? extends Record> spec() {
        return spec;
    }

    /** The path of the list: {@code /v1/projects/PROJECT/instances} or {@code /v1/hosts}. {@code project} is not used by kinds of the whole site. */
    public String path(String project) {
        return (scoped ? "/v1/projects/" + project + "/" : "/v1/") + plural();
    }
}

package yunqi.server.site;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Bytes;
import yunqi.core.base.Clock;
import yunqi.core.base.Digest;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImageType;
import yunqi.core.project.Project;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Wire;
import yunqi.server.image.FlavorTable;
import yunqi.server.image.ImageTable;
import yunqi.server.project.ProjectRoutes;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** What a site has from its first start: the projects {@code default} and {@code library}, and four flavors. One transaction: all of it or, on later starts, nothing. */
public final class FirstStart {
    private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);

    private FirstStart() {}

    public static void of(Store store, ProjectRoutes projects, Clock clock) {
        List<Write> writes = new ArrayList<>();
        writes.addAll(
                projects.founding(ProjectRoutes.builtIn(meta(Project.DEFAULT, clock), "for what needs no other")));
        writes.addAll(
                projects.founding(ProjectRoutes.builtIn(meta(Project.LIBRARY, clock), "images for all projects")));
        writes.add(flavor("tiny", new FlavorSpec(1, Bytes.mebibytes(128), Bytes.gibibytes(1)), clock));
        writes.add(flavor("small", new FlavorSpec(1, Bytes.mebibytes(512), Bytes.gibibytes(4)), clock));
        writes.add(flavor("medium", new FlavorSpec(2, Bytes.gibibytes(2), Bytes.gibibytes(20)), clock));
        writes.add(flavor("large", new FlavorSpec(4, Bytes.gibibytes(8), Bytes.gibibytes(40)), clock));
        switch (store.write(writes)) {
            case Written.Done _ -> LOG.info("first start: made projects default and library, and four flavors");
            case Written.Refused(int index, Written.Reason reason, String detail) -> {
                // The first write is the project that cannot be deleted: its name is taken on every start but the
                // first.
                if (index != 0 || reason != Written.Reason.NAME_TAKEN) {
                    throw new IllegalStateException("the first start was refused: " + reason + " " + detail);
                }
            }
        }
    }

    /** Images for pretended hosts, which bring no bytes anywhere: they have the names of the real ones, so that what is typed elsewhere works here, too. */
    public static void pretendedImages(Store store, Clock clock) {
        for (ImageType type : ImageType.values()) {
            String name = type == ImageType.VM ? "tiny" : "busybox";
            ImageSpec spec = new ImageSpec(
                    type,
                    "library/" + name,
                    new Digest("sha256:" + Digests.of(name)),
                    Bytes.mebibytes(1),
                    Bytes.mebibytes(16),
                    "amd64",
                    false,
                    false,
                    "pretended: there is nothing behind it");
            Meta bare = meta(new Name(name), clock);
            Meta meta = new Meta(
                    bare.id(),
                    Optional.of(Project.LIBRARY),
                    bare.name(),
                    bare.labels(),
                    1,
                    0,
                    0,
                    0,
                    bare.created(),
                    Optional.empty());
            // Refused on later starts, as its name is taken then.
            Written written = store.write(List.of(new Write.Create(
                    new Row(ImageTable.KIND, meta, Wire.write(spec), Row.EMPTY, Row.EMPTY, Optional.empty()))));
            LOG.debug("image {} for pretended hosts: {}", name, written);
        }
    }

    private static Write flavor(String name, FlavorSpec spec, Clock clock) {
        return new Write.Create(new Row(
                FlavorTable.KIND,
                meta(new Name(name), clock),
                Wire.write(spec),
                Row.EMPTY,
                Row.EMPTY,
                Optional.empty()));
    }

    private static Meta meta(Name name, Clock clock) {
        return new Meta(
                UUID.randomUUID(), Optional.empty(), name, Labels.NONE, 1, 0, 0, 0, clock.now(), Optional.empty());
    }
}

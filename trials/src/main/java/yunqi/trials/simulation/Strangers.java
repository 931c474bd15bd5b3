package yunqi.trials.simulation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.project.Project;
import yunqi.trials.simulation.world.Killed;
import yunqi.trials.simulation.world.World;

/** Instances that somebody starts on a host by hand, with our mark on them but without us: they must be left alone for ever. */
final class Strangers {
    private final World world;
    private final Set<UUID> all = new TreeSet<>();

    Strangers(World world) {
        this.world = world;
    }

    Set<UUID> all() {
        return all;
    }

    void come(SimHost host) {
        InstanceId id = new InstanceId(new UUID(world.number(), world.number()));
        ImageSpec image = image(Project.LIBRARY, ImageType.CONTAINER, 1);
        InstancePlan plan = new InstancePlan(
                id,
                Project.DEFAULT,
                new Name("stranger"),
                ImageType.CONTAINER,
                new FlavorSpec(1, Bytes.mebibytes(64), new Bytes(0)),
                new ImagePlan(ImageType.CONTAINER, image.repository(), image.digest()),
                false,
                false,
                List.of(),
                List.of(),
                new TreeMap<>(),
                Optional.empty(),
                List.of());
        all.add(id.value());
        try {
            host.machine()
                    .instances(ImageType.CONTAINER)
                    .create(
                            new Assignment(plan, Assignment.Wanted.RUNNING, 1, RestartPolicy.NEVER, 0, "made by hand"),
                            new LocalImage(image.digest(), ImageType.CONTAINER, "some"),
                            List.of());
        } catch (EngineException | Killed _) {
            world.note("the stranger was perhaps not made");
        }
    }

    /** An image of this type in the project's own repository; each version has other bytes. */
    static ImageSpec image(Name project, ImageType type, int version) {
        return new ImageSpec(
                type,
                project + "/" + Users.image(type),
                new Digest(String.format(Locale.ROOT, "sha256:%064x", type == ImageType.VM ? version : 100 + version)),
                Bytes.mebibytes(10),
                Bytes.mebibytes(64),
                "amd64",
                type == ImageType.VM,
                false,
                "");
    }
}

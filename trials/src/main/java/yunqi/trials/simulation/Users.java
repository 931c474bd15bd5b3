package yunqi.trials.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.host.HostSpec;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.NetworkSpec;
import yunqi.core.project.Project;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.image.FlavorTable;
import yunqi.server.image.ImageTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** Users and operators who do whatever the API lets them, at random. */
final class Users {
    private static final List<Name> PROJECTS = List.of(new Name("default"), new Name("other"));
    private static final List<Name> FLAVORS = List.of(new Name("small"), new Name("large"));
    private static final List<Name> NETWORKS = List.of(new Name("default"), new Name("second"));
    private static final int INSTANCES = 25; // at once, so that a seed takes no more than a second or two
    private final Cloud cloud;
    private final World world;
    private int made;

    Users(Cloud cloud) {
        this.cloud = cloud;
        this.world = cloud.world();
        cloud.create(
                FlavorTable.KIND,
                Optional.empty(),
                FLAVORS.get(0),
                new FlavorSpec(1, Bytes.mebibytes(256), Bytes.gibibytes(1)));
        cloud.create(
                FlavorTable.KIND,
                Optional.empty(),
                FLAVORS.get(1),
                new FlavorSpec(2, Bytes.mebibytes(1_024), Bytes.gibibytes(10)));
        for (ImageType type : ImageType.values()) {
            cloud.create(ImageTable.KIND, Optional.of(Project.LIBRARY), image(type), imageSpec(type));
        }
        for (Name project : PROJECTS) {
            cloud.create(NetworkTable.KIND, Optional.of(project), NETWORKS.get(0), NetworkSpec.FIRST);
        }
    }

    private static Name image(ImageType type) {
        return new Name(type.name().toLowerCase(Locale.ROOT));
    }

    private static ImageSpec imageSpec(ImageType type) {
        return new ImageSpec(
                type,
                "library/" + image(type),
                new Digest(String.format(Locale.ROOT, "sha256:%064x", type == ImageType.VM ? 1 : 2)),
                Bytes.mebibytes(10),
                Bytes.mebibytes(64),
                "amd64",
                type == ImageType.VM,
                false,
                "");
    }

    /** One thing that somebody does. */
    void act() {
        switch (world.below(10)) {
            case 0, 1, 2 -> createInstance();
            case 3, 4 -> one(InstanceTable.KIND).ifPresent(this::delete);
            case 5, 6 -> one(InstanceTable.KIND).ifPresent(this::change);
            case 7 ->
                cloud.create(
                        NetworkTable.KIND,
                        Optional.of(world.one(PROJECTS)),
                        NETWORKS.get(1),
                        new NetworkSpec(Cidr.parse("10.1.0.0/28")));
            case 8 ->
                one(NetworkTable.KIND)
                        .filter(row -> row.meta().name().equals(NETWORKS.get(1)))
                        .ifPresent(this::delete);
            default -> one(HostTable.KIND).ifPresent(this::openOrClose);
        }
    }

    private Optional<Row> one(String kind) {
        List<Row> rows = cloud.store().list(Query.all(kind)).rows().stream()
                .filter(row -> row.meta().wanted())
                .toList();
        return rows.isEmpty() ? Optional.empty() : Optional.of(world.one(rows));
    }

    private void delete(Row row) {
        cloud.store().write(List.of(new Write.MarkDeleted(row.id(), row.meta().generation(), world.now())));
    }

    private void declare(Row row, Record spec) {
        cloud.store()
                .write(List.of(new Write.Declare(
                        row.id(), row.meta().generation(), row.meta().labels(), Wire.write(spec))));
    }

    private void openOrClose(Row row) {
        HostSpec spec = HostTable.read(row).spec();
        declare(row, new HostSpec(spec.zone(), spec.rack(), !spec.schedulable(), spec.cpuOvercommit()));
    }

    private void createInstance() {
        if (cloud.store().count(InstanceTable.KIND, Optional.empty()) >= INSTANCES) {
            return;
        }
        made++;
        ImageType type = world.one(List.of(ImageType.values()));
        Optional<IpAddress> address =
                world.chance(0.1) ? Optional.of(IpAddress.parse("10.0.0." + (2 + world.below(5)))) : Optional.empty();
        InstanceSpec spec = new InstanceSpec(
                type,
                image(type),
                world.one(FLAVORS),
                world.chance(0.3)
                        ? NETWORKS.stream()
                                .map(name -> new InstanceSpec.Nic(name, Optional.empty()))
                                .toList()
                        : List.of(new InstanceSpec.Nic(NETWORKS.get(0), address)),
                world.chance(0.8),
                world.one(List.of(RestartPolicy.values())),
                List.of(),
                new TreeMap<>(),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                Optional.empty(),
                0);
        cloud.create(InstanceTable.KIND, Optional.of(world.one(PROJECTS)), new Name("i" + made), spec);
    }

    private void change(Row row) {
        InstanceSpec spec = InstanceTable.read(row).spec();
        switch (world.below(4)) {
            case 0 -> declare(row, spec.withRunning(!spec.running()));
            case 1 -> declare(row, spec.withRestarts(spec.restarts() + 1));
            case 2 -> declare(row, with(spec, world.one(FLAVORS), spec.networks()));
            default ->
                declare(
                        row,
                        with(
                                spec,
                                spec.flavor(),
                                List.of(new InstanceSpec.Nic(world.one(NETWORKS), Optional.empty()))));
        }
    }

    private static InstanceSpec with(InstanceSpec spec, Name flavor, List<InstanceSpec.Nic> networks) {
        return new InstanceSpec(
                spec.type(),
                spec.image(),
                flavor,
                networks,
                spec.running(),
                spec.restart(),
                spec.command(),
                spec.env(),
                spec.userData(),
                spec.keys(),
                spec.hostLabels(),
                spec.host(),
                spec.restarts());
    }

    /** Somebody starts an instance on a host by hand, with our mark on it but without us: it must be left alone for ever. */
    UUID stranger(SimHost host) {
        InstanceId id = new InstanceId(new UUID(world.number(), world.number()));
        ImageSpec image = imageSpec(ImageType.CONTAINER);
        InstancePlan plan = new InstancePlan(
                id,
                PROJECTS.get(0),
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
        return id.value();
    }

    /** How long until somebody does something again. */
    Duration pause() {
        return world.between(Duration.ofMillis(50), Duration.ofSeconds(8));
    }
}

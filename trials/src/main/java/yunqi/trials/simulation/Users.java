package yunqi.trials.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import yunqi.core.base.Bytes;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.host.HostSpec;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.NetworkSpec;
import yunqi.core.project.Project;
import yunqi.core.project.ProjectSpec;
import yunqi.core.project.Quota;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;
import yunqi.server.http.Desk;
import yunqi.server.http.Route;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Row;
import yunqi.trials.simulation.world.Operation;
import yunqi.trials.simulation.world.World;

/** Users and operators who do whatever the API lets them, at random: every verb of every kind. */
final class Users {
    private static final List<Name> PROJECTS = List.of(Project.DEFAULT, new Name("other"));
    private static final List<Name> FLAVORS = List.of(new Name("tiny"), new Name("small"), new Name("medium"));
    private static final List<Name> NETWORKS = List.of(new Name("default"), new Name("second"));
    private static final List<Name> SPARE = List.of(new Name("second"), new Name("third"), new Name("fourth"));
    private static final List<String> BLOCKS = List.of("10.1.0.0/28", "10.2.0.0/28", "10.3.0.0/28", "10.4.0.0/28");
    private static final int INSTANCES = 25; // at once, so that a seed takes no more than a second or two

    private final Cloud cloud;
    private final World world;
    private final Calls calls;
    private final Things things;
    private int made;

    Users(Cloud cloud, Calls calls) {
        this.cloud = cloud;
        this.world = cloud.world();
        this.calls = calls;
        this.things = new Things(cloud);
        for (ImageType type : ImageType.values()) {
            put(Kind.IMAGE, Project.LIBRARY, image(type), Strangers.image(Project.LIBRARY, type, 1));
        }
        put(Kind.PROJECT, Project.DEFAULT, PROJECTS.get(1), new ProjectSpec("for the simulation", Optional.empty()));
    }

    static Name image(ImageType type) {
        return new Name(type.name().toLowerCase(Locale.ROOT));
    }

    /** One thing that somebody does. */
    void act() {
        if (world.chance(0.1)) {
            cloud.joinAgain();
        }
        switch (world.below(30)) {
            case 0, 1, 2, 3, 4 -> createInstance();
            case 5, 6, 7 -> things.one(Kind.INSTANCE).ifPresent(this::delete);
            case 8, 9, 10, 11, 12 -> things.one(Kind.INSTANCE).ifPresent(this::change);
            case 13 -> things.one(Kind.INSTANCE).ifPresent(this::restart);
            case 14, 20, 21, 24, 25 -> createNetwork();
            case 15, 22, 23, 26, 27 ->
                things.one(Kind.NETWORK).filter(Users::spare).ifPresent(this::delete);
            case 16 -> things.one(Kind.HOST).ifPresent(this::operate);
            case 17 -> reshape();
            case 18 -> smallThings();
            default -> crash();
        }
    }

    private static boolean spare(Row row) {
        return SPARE.contains(row.meta().name());
    }

    private void put(Kind kind, Name project, Name name, Record spec) {
        ask(Route.Method.PUT, kind.path(project.value()) + "/" + name, Map.of(), spec, List.of());
    }

    private void ask(
            Route.Method method, String path, Map<String, String> headers, Object spec, List<Operation> operations) {
        String body = method == Route.Method.PUT ? Wire.write(Map.of("spec", spec)) : "";
        calls.ask(
                new Desk.Asked(method, path, headers, body),
                item -> operations.forEach(operation -> cloud.pending().begin(item.id(), operation)));
    }

    private void delete(Row row) {
        Operation operation = row.kind().equals(Kind.NETWORK.word()) ? Operation.NETWORK_DELETE : Operation.DELETE;
        ask(Route.Method.DELETE, Things.path(row), condition(row), "", List.of(operation));
    }

    /** Half of the users are careful and say what they looked at. */
    private Map<String, String> condition(Row row) {
        return world.chance(0.5) ? Map.of("If-Match", "" + row.meta().generation()) : Map.of();
    }

    private void restart(Row row) {
        ask(Route.Method.POST, Things.path(row) + "/restart", Map.of(), "", List.of(Operation.RESTART));
    }

    private void createNetwork() {
        ask(
                Route.Method.PUT,
                Kind.NETWORK.path(world.one(PROJECTS).value()) + "/" + world.one(SPARE),
                Map.of("If-None-Match", "*"),
                new NetworkSpec(yunqi.core.base.Cidr.parse(world.one(BLOCKS))),
                List.of(Operation.NETWORK_CREATE));
    }

    private void operate(Row row) {
        HostSpec spec = yunqi.server.host.HostTable.read(row).spec();
        HostSpec wish = world.chance(0.7)
                ? new HostSpec(spec.zone(), spec.rack(), !spec.schedulable(), spec.cpuOvercommit())
                : new HostSpec(spec.zone(), spec.rack(), spec.schedulable(), 2.0 + world.below(4));
        ask(Route.Method.PUT, Things.path(row), condition(row), wish, List.of());
    }

    /** A flavor comes to mean another size, and every instance of it follows. */
    private void reshape() {
        Name name = world.one(FLAVORS);
        FlavorSpec spec = new FlavorSpec(
                1 + world.below(2), Bytes.mebibytes(128L * (1 + world.below(4))), Bytes.gibibytes(1 + world.below(8)));
        calls.ask(
                new Desk.Asked(
                        Route.Method.PUT,
                        Kind.FLAVOR.path("") + "/" + name,
                        Map.of(),
                        Wire.write(Map.of("spec", spec))),
                _ -> things.all(Kind.INSTANCE)
                        .filter(row -> InstanceTable.read(row).spec().flavor().equals(name))
                        .forEach(row -> cloud.pending().begin(row.id(), Operation.RESHAPE)));
    }

    /** What takes one transaction, or only looks. */
    private void smallThings() {
        Name extra = new Name("extra");
        switch (world.below(11)) {
            case 9 ->
                put(Kind.PROJECT, Project.DEFAULT, PROJECTS.get(1), new ProjectSpec("for the simulation", quota()));
            case 0 -> put(Kind.FLAVOR, Project.DEFAULT, extra, new FlavorSpec(1, Bytes.mebibytes(64), new Bytes(0)));
            case 1 -> ask(Route.Method.DELETE, Kind.FLAVOR.path("") + "/" + extra, Map.of(), "", List.of());
            case 2 -> put(Kind.PROJECT, Project.DEFAULT, extra, new ProjectSpec("one more", Optional.empty()));
            case 3 -> ask(Route.Method.DELETE, Kind.PROJECT.path("") + "/" + extra, Map.of(), "", List.of());
            case 4 ->
                put(
                        Kind.IMAGE,
                        Project.LIBRARY,
                        image(ImageType.CONTAINER),
                        Strangers.image(Project.LIBRARY, ImageType.CONTAINER, 1 + world.below(9)));
            case 5 ->
                put(
                        Kind.IMAGE,
                        PROJECTS.get(1),
                        image(ImageType.VM),
                        Strangers.image(PROJECTS.get(1), ImageType.VM, world.below(9)));
            case 6 ->
                things.one(Kind.IMAGE)
                        .ifPresent(row -> ask(Route.Method.DELETE, Things.path(row), Map.of(), "", List.of()));
            case 7 ->
                things.one(Kind.HOST)
                        .ifPresent(row -> ask(Route.Method.DELETE, Things.path(row), Map.of(), "", List.of()));
            case 8 ->
                ask(Route.Method.GET, Kind.INSTANCE.path(world.one(PROJECTS).value()), Map.of(), "", List.of());
            default -> things.one(Kind.INSTANCE).ifPresent(this::look);
        }
    }

    private Optional<Quota> quota() {
        return world.chance(0.5)
                ? Optional.empty()
                : Optional.of(new Quota(
                        Optional.of(5L + world.below(10)),
                        Optional.empty(),
                        Optional.of(Bytes.mebibytes(512L * (1 + world.below(8)))),
                        Optional.empty(),
                        Optional.of(5L + world.below(20))));
    }

    private void look(Row row) {
        String action = world.one(List.of("", "/console", "/logs"));
        Route.Method method = action.isEmpty() ? Route.Method.GET : Route.Method.POST;
        ask(method, Things.path(row) + action, Map.of(), "", List.of());
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
        ask(
                Route.Method.PUT,
                Kind.INSTANCE.path(world.one(PROJECTS).value()) + "/i" + made,
                world.chance(0.5) ? Map.of("If-None-Match", "*") : Map.of(),
                spec,
                List.of(Operation.CREATE));
    }

    private void change(Row row) {
        InstanceSpec spec = InstanceTable.read(row).spec();
        switch (world.below(5)) {
            case 0, 1 ->
                declare(row, spec.withRunning(!spec.running()), spec.running() ? Operation.STOP : Operation.START);
            case 2 -> declare(row, with(spec, world.one(FLAVORS), spec.networks(), spec.env()), Operation.RESIZE);
            case 3 ->
                declare(
                        row,
                        with(
                                spec,
                                spec.flavor(),
                                List.of(new InstanceSpec.Nic(world.one(NETWORKS), Optional.empty())),
                                spec.env()),
                        Operation.RENETWORK);
            default -> reconfigure(row, spec);
        }
    }

    private void reconfigure(Row row, InstanceSpec spec) {
        if (spec.type() == ImageType.CONTAINER) {
            Map<String, String> env = Map.of("VERSION", "" + world.below(100));
            declare(row, with(spec, spec.flavor(), spec.networks(), env), Operation.RECONFIGURE);
        }
    }

    private void declare(Row row, InstanceSpec spec, Operation operation) {
        ask(Route.Method.PUT, Things.path(row), condition(row), spec, List.of(operation));
    }

    private static InstanceSpec with(
            InstanceSpec spec, Name flavor, List<InstanceSpec.Nic> networks, Map<String, String> env) {
        return new InstanceSpec(
                spec.type(),
                spec.image(),
                flavor,
                networks,
                spec.running(),
                spec.restart(),
                spec.command(),
                new TreeMap<>(env),
                spec.userData(),
                spec.keys(),
                spec.hostLabels(),
                spec.host(),
                spec.restarts());
    }

    /** An instance ends by itself. */
    private void crash() {
        SimHost host = world.one(cloud.hosts());
        List<yunqi.core.instance.InstanceId> running =
                new ArrayList<>(host.machine().running());
        if (!running.isEmpty()) {
            yunqi.core.instance.InstanceId id = world.one(running);
            host.machine().crash(id, world.below(3));
            cloud.pending().begin(id.value(), Operation.CRASH);
        }
    }

    /** How long until somebody does something again. */
    Duration pause() {
        return world.between(Duration.ofMillis(50), Duration.ofSeconds(8));
    }
}

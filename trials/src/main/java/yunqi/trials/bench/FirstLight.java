package yunqi.trials.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import yunqi.trials.lab.Cloud;
import yunqi.trials.lab.Run;

/** The figures of first light: what the platform adds to its engines, how much memory it takes, how fast it answers. */
final class FirstLight {
    private static final int ROUNDS = 10;
    private static final int FIRST = 20; // so many creates until the JVMs have compiled most of what a create needs
    private static final int SIMULATED_HOSTS = 100;
    private static final int SIMULATED_INSTANCES = 1_000;
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** What was measured, as a table for {@code docs/benchmarks.md}. */
    record Result(String machine, List<Figure> figures) {
        boolean good() {
            return figures.stream().allMatch(Figure::kept);
        }

        String table() {
            StringBuilder text = new StringBuilder("\n## First light\n\n`./dev bench first-light` on ")
                    .append(LocalDate.now(ZoneOffset.UTC))
                    .append("; ")
                    .append(machine)
                    .append(". Medians of ")
                    .append(ROUNDS)
                    .append(" (least to most), ours and the engine's by turns in one run.\n\n")
                    .append("| what | measured | the engine alone, same run | promise | |\n|---|---|---|---|---|\n");
            figures.forEach(figure -> text.append(figure.row()));
            return text.append('\n').toString();
        }
    }

    private FirstLight() {}

    static Result measure(PrintStream out) throws Exception {
        String machine = Machine.describe();
        List<Figure> figures = new ArrayList<>();
        out.println("bench: a cloud with real engines");
        try (Cloud cloud = Cloud.up("--bare")) {
            cloud.yunqi("image", "build", "busybox").mustSucceed();
            cloud.yunqi("image", "build", "tiny").mustSucceed();
            try (Api api = Api.of(cloud.root().resolve("cli.json"))) {
                figures.addAll(containers(cloud, api, out));
                figures.add(machines(cloud, api, out));
                figures.add(Figure.within(
                        "agent, resident",
                        Machine.residentMebibytes(cloud.process("agent").pid()),
                        "MB",
                        150));
            }
            figures.add(calls(cloud));
            cloud.yunqi("down", "--root", cloud.root().toString()).mustSucceed();
            figures.add(Figure.within(
                    "`up` after `down`, everything present",
                    cloud.start("--bare").mustSucceed().took().toMillis() / 1000.0,
                    "s",
                    20));
        }
        out.println("bench: a simulated cloud of " + SIMULATED_HOSTS + " hosts");
        try (Cloud cloud = Cloud.up("--simulated", Integer.toString(SIMULATED_HOSTS));
                Api api = Api.of(cloud.root().resolve("cli.json"))) {
            figures.add(manyInstances(cloud, api));
        }
        return new Result(machine, List.copyOf(figures));
    }

    /** PUT of a container until a watcher of the API is told that it is ready, by turns with the engine's own create and start of the same image. */
    private static List<Figure> containers(Cloud cloud, Api api, PrintStream out) throws Exception {
        List<Double> ours = new ArrayList<>();
        List<Double> engine = new ArrayList<>();
        try (ContainerBaseline docker = ContainerBaseline.open(cloud);
                Api.Changes changes = api.watch("/v1/projects/default/instances")) {
            for (int i = 0; i < FIRST + ROUNDS; i++) {
                String path = "/v1/projects/default/instances/bench-c" + i;
                double platform = milliseconds(() -> {
                    api.put(path, "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\",\"flavor\":\"tiny\"}}");
                    return changes.await(thing -> ready(thing, path), LONGEST);
                });
                double alone = docker.createAndStart("bench-" + i);
                remove(api, path);
                ours.add(platform);
                engine.add(alone);
            }
        }
        out.println("bench: containers " + ours + " against " + engine);
        return List.of(
                Figure.over(
                        "container create → running",
                        ours.subList(FIRST, ours.size()),
                        engine.subList(FIRST, engine.size()),
                        100),
                Figure.told(
                        "the same, the first " + FIRST + " after the start of server and agent",
                        ours.subList(0, FIRST),
                        engine.subList(0, FIRST)));
    }

    /** PUT of a VM until its kernel is up, by turns with libvirt's own define and start of the same domain. */
    private static Figure machines(Cloud cloud, Api api, PrintStream out) throws Exception {
        List<Double> ours = new ArrayList<>();
        List<Double> engine = new ArrayList<>();
        MachineBaseline libvirt = new MachineBaseline(cloud);
        for (int i = 0; i <= ROUNDS; i++) {
            String path = "/v1/projects/default/instances/bench-v" + i;
            double platform = milliseconds(() -> {
                JsonNode made = api.put(path, "{\"spec\":{\"type\":\"vm\",\"image\":\"tiny\",\"flavor\":\"tiny\"}}");
                return libvirt.untilKernelUp(made.get("id").asText());
            });
            untilReady(api, path);
            double alone = libvirt.defineAndStart(api.get(path).get("id").asText());
            remove(api, path);
            if (i > 0) {
                ours.add(platform);
                engine.add(alone);
            }
        }
        out.println("bench: VMs " + ours + " against " + engine);
        return Figure.over("VM create → guest kernel up", ours, engine, 200);
    }

    private static Figure calls(Cloud cloud) {
        List<Double> calls = new ArrayList<>();
        for (int i = 0; i <= ROUNDS; i++) {
            Run run = cloud.yunqi("instance", "list").mustSucceed();
            if (i > 0) {
                calls.add(run.took().toNanos() / 1e6);
            }
        }
        return Figure.within("a CLI call (`instance list`), median", Figure.median(calls), "ms", 300);
    }

    private static Figure manyInstances(Cloud cloud, Api api) throws Exception {
        api.put("/v1/projects/default/networks/wide", "{\"spec\":{\"cidr\":\"10.64.0.0/16\"}}");
        double made = milliseconds(() -> {
            for (int i = 0; i < SIMULATED_INSTANCES; i++) {
                api.put(
                        "/v1/projects/default/instances/many-" + i,
                        "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\",\"flavor\":\"tiny\",\"networks\":[{\"network\":\"wide\"}]}}");
            }
            return true;
        });
        Cloud.await("all of them run", LONGEST, () -> running(api), count -> count >= SIMULATED_INSTANCES);
        double resident = Machine.residentMebibytes(cloud.process("server").pid());
        return Figure.within(
                String.format(
                        java.util.Locale.ROOT,
                        "server, resident, with %d instances on %d pretended hosts (made in %.1f s)",
                        SIMULATED_INSTANCES,
                        SIMULATED_HOSTS,
                        made / 1000),
                resident,
                "MB",
                400);
    }

    private static long running(Api api) throws IOException, InterruptedException {
        long running = 0;
        String after = "";
        do {
            JsonNode page = api.get("/v1/projects/default/instances?limit=1000" + after);
            for (JsonNode item : page.get("items")) {
                running += item.at("/status/state").asText().equals("running") ? 1 : 0;
            }
            after = page.hasNonNull("next") ? "&after=" + page.get("next").asText() : "";
        } while (!after.isEmpty());
        return running;
    }

    private static void remove(Api api, String path) throws Exception {
        api.delete(path);
        Cloud.await(path + " is gone", LONGEST, () -> api.gone(path), Boolean::booleanValue);
    }

    private static boolean ready(JsonNode thing, String path) {
        return path.endsWith("/" + thing.path("name").asText())
                && thing.at("/status/ready").asBoolean();
    }

    private static boolean untilReady(Api api, String path) throws Exception {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!api.get(path).at("/status/ready").asBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        path + " is not ready: " + api.get(path).get("status"));
            }
            Thread.sleep(2); // finer than what is measured
        }
        return true;
    }

    static double milliseconds(Callable<?> work) throws Exception {
        long start = System.nanoTime();
        work.call();
        return (System.nanoTime() - start) / 1e6;
    }
}

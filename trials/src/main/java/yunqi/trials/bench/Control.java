package yunqi.trials.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import yunqi.trials.lab.Cloud;

/**
 * The figures of the control plane: one server with a real PostgreSQL and a thousand pretended hosts, called over HTTPS by a client on the same machine. What the client and PostgreSQL
 * take of the processors is part of it.
 */
final class Control {
    private static final int HOSTS = 1_000;
    private static final int CLIENTS = 64;
    private static final int WARM =
            8_000; // instances before anything is measured: until the JVM has compiled what is hot
    private static final int SINGLY = 10_000; // made by single PUTs, for the promise
    private static final int NETWORKS = 4; // one has room for 65,533
    private static final int TOGETHER = 500; // in one request, as the CLI's apply sends them
    private static final int PACED_SECONDS = 10;
    private static final int PAGES = 300;
    private static final int WATCHERS = 1_000;
    private static final int CHANGES = 20;
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final Duration SETTLE = Duration.ofSeconds(5);
    private static final int SAMPLES = 200; // calls of each sort at each size
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final String LIST = "/v1/projects/default/instances";

    private final Api api;
    private final PrintStream out;
    private final long server;
    private int made;
    private int growthMade;

    private Control(Cloud cloud, Api api, PrintStream out) {
        this.api = api;
        this.out = out;
        this.server = cloud.process("server").pid();
    }

    /** {@code sizes} are how many instances there are when the growth is looked at, two or more, each more than the one before; the last is what the other promises are about. */
    static Result measure(PrintStream out, List<Integer> sizes) throws Exception {
        String machine = Machine.describe();
        out.println("bench: a cloud of " + HOSTS + " pretended hosts");
        try (Cloud cloud = Cloud.up("--simulated", Integer.toString(HOSTS));
                Api api = Api.of(cloud.root().resolve("cli.json"))) {
            return new Control(cloud, api, out).measure(machine, sizes);
        }
    }

    private Result measure(String machine, List<Integer> sizes) throws Exception {
        List<Figure> figures = new ArrayList<>();
        for (int i = 0; i < NETWORKS; i++) {
            api.put("/v1/projects/default/networks/wide-" + i, "{\"spec\":{\"cidr\":\"10." + (64 + i) + ".0.0/16\"}}");
        }
        Growth growth = new Growth();
        for (int size : sizes.subList(0, sizes.size() - 1)) {
            singly(size - made);
            grown(growth, size == sizes.getFirst() ? WARM : 0);
        }
        singly(Math.max(CLIENTS, WARM - made));
        Thread.sleep(SETTLE);
        figures.add(idle());
        Created paced = paced();
        figures.add(Figure.within(
                "one PUT of an instance, p99, at " + (int) paced.rate + " a second",
                paced.puts.percentile(99),
                "ms",
                50));
        figures.add(Figure.atLeast(
                "instances made by single PUTs until all run, a second",
                singly(SINGLY).perSecond(),
                "",
                1_000));
        figures.add(Figure.atLeast(
                "instances made by apply until all run, a second",
                together(SINGLY).perSecond(),
                "",
                5_000));
        together(Math.max(TOGETHER, sizes.getLast() - made));
        grown(growth, 0);
        figures.add(Figure.within(
                "a page of 100 of " + made + " instances, p99", pages("").percentile(99), "ms", 20));
        figures.add(Figure.within(
                "the same by a label, p99", pages("&labels=n%3Dx7").percentile(99), "ms", 20));
        figures.add(watched());
        figures.add(Figure.within(
                "server, resident, with " + made + " instances", Machine.residentMebibytes(server), "MB", 1_000));
        return new Result(machine, List.copyOf(figures), growth);
    }

    /** Some instances, made as fast as they are answered; and until the last of them runs. */
    private record Created(int count, Load puts, double seconds, double rate) {
        double perSecond() {
            return count / seconds;
        }
    }

    private Created singly(int count) throws Exception {
        int first = made;
        made += count;
        String batch = "b" + first;
        Instant start = Instant.now();
        Load puts = Load.closed(count, CLIENTS, i -> put(first + i, batch));
        return told(count, puts, untilAllRun(batch, count, start), puts.perSecond(), "by PUTs");
    }

    private Created together(int count) throws Exception {
        int first = made;
        made += count;
        String batch = "b" + first;
        int requests = Math.ceilDiv(count, TOGETHER);
        Instant start = Instant.now();
        Load posts = Load.closed(requests, 2, request -> {
            StringJoiner items = new StringJoiner(",", "{\"items\":[", "]}");
            for (int i = request * TOGETHER; i < Math.min(count, (request + 1) * TOGETHER); i++) {
                items.add("{\"name\":\"" + name(first + i) + "\"," + body(first + i, batch) + "}");
            }
            for (JsonNode result : api.post(LIST, items.toString()).path("results")) {
                if (result.path("status").asInt() != 201) {
                    throw new IOException("not made: " + result);
                }
            }
        });
        double rate = posts.perSecond() * count / requests;
        return told(count, posts, untilAllRun(batch, count, start), rate, "by requests of " + TOGETHER);
    }

    private Created told(int count, Load calls, double seconds, double rate, String how) {
        out.printf(
                Locale.ROOT,
                "bench: %d instances %s: %.0f a second (%s), all running after %.1f s%n",
                count,
                how,
                rate,
                calls.words(),
                seconds);
        return new Created(count, calls, seconds, rate);
    }

    /** Half of the load that is promised, for a while. */
    private Created paced() throws Exception {
        double rate = 500;
        int count = (int) (rate * PACED_SECONDS);
        int first = made;
        made += count;
        String batch = "b" + first;
        Instant start = Instant.now();
        Load puts = Load.open(count, rate, CLIENTS * 4, i -> put(first + i, batch));
        return told(count, puts, untilAllRun(batch, count, start), rate, "by paced PUTs");
    }

    private void put(int number, String batch) throws IOException, InterruptedException {
        api.put(LIST + "/" + name(number), "{" + body(number, batch) + "}");
    }

    private static String name(int number) {
        return "i-" + number;
    }

    private static String body(int number, String batch) {
        return "\"labels\":{\"n\":\"x" + number % 100 + "\",\"batch\":\"" + batch
                + "\"},\"spec\":{\"type\":\"container\",\"image\":\"busybox\",\"flavor\":\"tiny\",\"networks\":[{\"network\":\"wide-"
                + number % NETWORKS + "\"}]}";
    }

    /** From the start until the last of a batch runs, in seconds. */
    private double untilAllRun(String batch, int count, Instant start) throws Exception {
        Running running = new Running(LIST + "?limit=500&labels=batch%3D" + batch);
        Cloud.await("all " + count + " of " + batch + " run", LONGEST, running::count, seen -> seen == count);
        return Duration.between(start, Instant.now()).toMillis() / 1000.0;
    }

    /** How many of a list run. Pages of which all did are not asked for again. */
    private final class Running {
        private final String path;
        private String after = "";
        private int before; // on the pages before

        Running(String path) {
            this.path = path;
        }

        int count() throws IOException, InterruptedException {
            while (true) {
                JsonNode page = api.get(path + after);
                int here = 0;
                for (JsonNode item : page.get("items")) {
                    here += item.at("/status/state").asText().equals("running") ? 1 : 0;
                }
                if (here < page.get("items").size() || !page.hasNonNull("next")) {
                    return before + here;
                }
                before += here;
                after = "&after=" + page.get("next").asText();
            }
        }
    }

    private double idleShare() throws Exception {
        double before = processorSeconds();
        Thread.sleep(IDLE);
        return (processorSeconds() - before) / IDLE.toSeconds() * 100;
    }

    private Figure idle() throws Exception {
        double share = idleShare();
        return Figure.within(
                "server, idle, with " + HOSTS + " hosts and " + made + " instances", share, "% of a core", 5);
    }

    private double processorSeconds() throws IOException {
        String[] fields = Files.readString(Path.of("/proc/" + server + "/stat"))
                .replaceAll("^.*\\) ", "")
                .split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0; // user and system, in ticks of 10 ms
    }

    /** Pages of a list, from everywhere in it, one after the other. */
    private Load pages(String filter) throws Exception {
        List<String> cursors = new ArrayList<>(List.of(""));
        String next = "";
        while (cursors.size() < PAGES) {
            JsonNode page = api.get(LIST + "?limit=100" + filter + next);
            if (!page.hasNonNull("next")) {
                break;
            }
            next = "&after=" + page.get("next").asText();
            cursors.add(next);
        }
        Load load = Load.closed(
                PAGES, 1, i -> api.get(LIST + "?limit=100" + filter + cursors.get(i * 31 % cursors.size())));
        out.println("bench: pages" + filter + ": " + load.words());
        return load;
    }

    /** How long it takes until each of many watchers hears of a change. */
    private Figure watched() throws Exception {
        List<Api.Changes> watchers = new ArrayList<>();
        try {
            for (int i = 0; i < WATCHERS; i++) {
                watchers.add(api.watch(LIST));
            }
            List<Double> heard = new ArrayList<>();
            for (int i = 0; i < CHANGES; i++) {
                int number = i;
                String label = "change-" + i;
                long start = System.nanoTime();
                api.put(LIST + "/" + name(number), "{" + body(number, label) + "}");
                Load all = Load.closed(WATCHERS, WATCHERS, k -> {
                    watchers.get(k)
                            .await(thing -> thing.at("/labels/batch").asText().equals(label), LONGEST);
                    synchronized (heard) {
                        heard.add((System.nanoTime() - start) / 1e6);
                    }
                });
                out.printf(Locale.ROOT, "bench: change %d was heard by all after %.0f ms%n", i, all.percentile(100));
            }
            heard.sort(null);
            return Figure.within(
                    "a change until each of " + WATCHERS + " watchers hears of it, p99",
                    heard.get((int) (heard.size() * 0.99)),
                    "ms",
                    250);
        } finally {
            for (Api.Changes watcher : watchers) {
                watcher.close();
            }
        }
    }

    /** What calls cost at this size; {@code warm} calls of each sort come first, where the server has answered few before. */
    private void grown(Growth growth, int warm) throws Exception {
        int base = made;
        Load.closed(warm / 4, 1, i -> api.get(LIST + "/" + name(i % base)));
        Load.closed(warm / 8, 1, i -> put(i % base, "b" + i));
        for (int i = 0; i < warm / 1_000; i++) {
            pages("");
        }
        Thread.sleep(SETTLE);
        growth.at(base);
        growth.add(
                "create",
                "ms",
                Load.closed(SAMPLES, 1, i -> put(base + i, "grown")).percentile(50));
        untilAllRun("grown", growthMade + SAMPLES, Instant.now());
        growthMade += SAMPLES;
        made += SAMPLES;
        growth.add("page of 100", "ms", pages("").percentile(50));
        growth.add("page by label", "ms", pages("&labels=n%3Dx7").percentile(50));
        growth.add(
                "show",
                "ms",
                Load.closed(SAMPLES, 1, i -> api.get(LIST + "/" + name(i * 37 % base)))
                        .percentile(50));
        growth.add(
                "change", "ms", Load.closed(SAMPLES, 1, i -> put(i, "b" + base)).percentile(50));
        growth.add("idle, of a core", "%", idleShare());
        out.println("bench: " + growth.last());
    }

    /** What was measured, and on what. */
    record Result(String machine, List<Figure> figures, Growth growth) {
        boolean good() {
            return figures.stream().allMatch(Figure::kept);
        }

        String table() {
            StringBuilder text = new StringBuilder("\n## Control plane\n\n`./dev bench control` on ")
                    .append(LocalDate.now(ZoneOffset.UTC))
                    .append("; ")
                    .append(machine)
                    .append(". One server, its PostgreSQL and the client that calls it on the same machine; ")
                    .append(HOSTS)
                    .append(" pretended hosts; ")
                    .append(CLIENTS)
                    .append(" clients at once.\n\n| what | measured | | promise | |\n|---|---|---|---|---|\n");
            figures.forEach(figure -> text.append(figure.row()));
            text.append(
                            "\nWhat a call takes, by how many instances there are (medians, one client; ![growth](growth.svg)):\n\n")
                    .append(growth.table());
            return text.append('\n').toString();
        }
    }
}

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
import yunqi.trials.lab.Cloud;

/**
 * The figures of the control plane: one server with a real PostgreSQL and a thousand pretended hosts, called over HTTPS by a client on the same machine. What the client and PostgreSQL
 * take of the processors is part of it.
 */
final class Control {
    private static final int HOSTS = 1_000;
    private static final int CLIENTS = 64;
    private static final int WARM =
            2_000; // instances before anything is measured: until the JVM has compiled what is hot
    private static final int PACED_SECONDS = 10;
    private static final int PAGES = 300;
    private static final int WATCHERS = 100;
    private static final int CHANGES = 50;
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final String LIST = "/v1/projects/default/instances";

    private final Api api;
    private final PrintStream out;
    private final long server;
    private int made;

    private Control(Cloud cloud, Api api, PrintStream out) {
        this.api = api;
        this.out = out;
        this.server = cloud.process("server").pid();
    }

    /** {@code sizes} are how many instances there are when the growth is looked at, each more than the one before. */
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
        api.put("/v1/projects/default/networks/wide", "{\"spec\":{\"cidr\":\"10.64.0.0/16\"}}");
        create(WARM);
        Thread.sleep(IDLE);
        figures.add(idle());
        Created paced = paced();
        figures.add(Figure.within(
                "one PUT of an instance, p99, at " + (int) paced.rate + " a second",
                paced.puts.percentile(99),
                "ms",
                50));
        List<String> growth = new ArrayList<>();
        for (int size : sizes) {
            Created created = create(Math.max(CLIENTS, size - made));
            growth.add(grown(created));
            if (size == sizes.getLast()) {
                figures.add(Figure.atLeast(
                        "instances made by single PUTs until all run, a second", created.perSecond(), "", 1_000));
            }
        }
        Load pages = pages("");
        Load labelled = pages("&labels=n%3Dx7");
        figures.add(Figure.within("a page of 100 of " + made + " instances, p99", pages.percentile(99), "ms", 20));
        figures.add(Figure.within("the same by a label, p99", labelled.percentile(99), "ms", 20));
        figures.add(watched());
        figures.add(Figure.within(
                "server, resident, with " + made + " instances", Machine.residentMebibytes(server), "MB", 1_000));
        return new Result(machine, List.copyOf(figures), List.copyOf(growth));
    }

    /** Some instances, made as fast as they are answered; and until the last of them runs. */
    private record Created(int count, Load puts, double seconds, double rate) {
        double perSecond() {
            return count / seconds;
        }
    }

    private Created create(int count) throws Exception {
        int first = made;
        made += count;
        Instant start = Instant.now();
        Load puts = Load.closed(count, CLIENTS, i -> put(first + i));
        double seconds = untilAllRun(start);
        out.printf(
                Locale.ROOT,
                "bench: %d instances: %.0f PUTs a second (%s), all running after %.1f s%n",
                count,
                puts.perSecond(),
                puts.words(),
                seconds);
        return new Created(count, puts, seconds, puts.perSecond());
    }

    /** Half of the load that is promised, for a while. */
    private Created paced() throws Exception {
        double rate = 500;
        int count = (int) (rate * PACED_SECONDS);
        int first = made;
        made += count;
        Instant start = Instant.now();
        Load puts = Load.open(count, rate, CLIENTS * 4, i -> put(first + i));
        out.printf(Locale.ROOT, "bench: at %.0f PUTs a second: %s%n", rate, puts.words());
        return new Created(count, puts, untilAllRun(start), rate);
    }

    private void put(int number) throws IOException, InterruptedException {
        api.put(
                LIST + "/i-" + number,
                "{\"labels\":{\"n\":\"x" + number % 100
                        + "\"},\"spec\":{\"type\":\"container\",\"image\":\"busybox\",\"flavor\":\"tiny\",\"networks\":[{\"network\":\"wide\"}]}}");
    }

    /** From the start until the last of all instances was ready, in seconds, by what the hosts said. */
    private double untilAllRun(Instant start) throws Exception {
        Cloud.await("all " + made + " run", LONGEST, this::notRunning, count -> count == 0);
        return Duration.between(start, Instant.now()).toMillis() / 1000.0;
    }

    private long notRunning() throws IOException, InterruptedException {
        long running = 0;
        String after = "";
        do {
            JsonNode page = api.get(LIST + "?limit=1000" + after);
            for (JsonNode item : page.get("items")) {
                running += item.at("/status/state").asText().equals("running") ? 1 : 0;
            }
            after = page.hasNonNull("next") ? "&after=" + page.get("next").asText() : "";
        } while (!after.isEmpty());
        return made - running;
    }

    private Figure idle() throws Exception {
        double before = processorSeconds();
        Thread.sleep(IDLE);
        double share = (processorSeconds() - before) / IDLE.toSeconds() * 100;
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
                api.put(
                        LIST + "/i-" + number,
                        "{\"labels\":{\"n\":\"" + label
                                + "\"},\"spec\":{\"type\":\"container\",\"image\":\"busybox\",\"flavor\":\"tiny\",\"networks\":[{\"network\":\"wide\"}]}}");
                Load all = Load.closed(WATCHERS, WATCHERS, k -> {
                    watchers.get(k)
                            .await(thing -> thing.at("/labels/n").asText().equals(label), LONGEST);
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

    /** One line of the growth table. */
    private String grown(Created created) throws Exception {
        Load show = Load.closed(PAGES, 1, i -> api.get(LIST + "/i-" + i * 37 % made));
        return String.format(
                Locale.ROOT,
                "| %d | %.0f | %.0f | %.1f ms | %.1f ms | %.1f ms |%n",
                made,
                created.puts.perSecond(),
                created.perSecond(),
                created.puts.percentile(50),
                pages("").percentile(50),
                show.percentile(50));
    }

    /** What was measured, and on what. */
    record Result(String machine, List<Figure> figures, List<String> growth) {
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
                    "\n| instances | PUTs a second | running, a second | PUT, median | page of 100, median | show, median |\n|---|---|---|---|---|---|\n");
            growth.forEach(text::append);
            return text.append('\n').toString();
        }
    }
}

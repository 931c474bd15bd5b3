package yunqi.server.http;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests and how long they took, by route; prints them as Prometheus reads them. Safe for use by many threads. */
public final class Measures {
    private static final double[] SECONDS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
    private static final double NANOS = 1e9;

    private record Answers(String method, String route, int status) implements Comparable<Answers> {
        @Override
        public int compareTo(Answers other) {
            int order = route.compareTo(other.route);
            order = order != 0 ? order : method.compareTo(other.method);
            return order != 0 ? order : Integer.compare(status, other.status);
        }
    }

    private static final class Times {
        private final AtomicLongArray buckets = new AtomicLongArray(SECONDS.length + 1);
        private final LongAdder nanos = new LongAdder();

        void add(long took) {
            int bucket = 0;
            while (bucket < SECONDS.length && took > SECONDS[bucket] * NANOS) {
                bucket++;
            }
            buckets.incrementAndGet(bucket);
            nanos.add(took);
        }
    }

    // Bounded by the number of routes, methods and status codes: paths that are no route are counted as one.
    private final Map<Answers, LongAdder> answers = new ConcurrentSkipListMap<>();
    private final Map<String, Times> times = new ConcurrentSkipListMap<>();

    void record(String method, String route, int status, long nanos) {
        answers.computeIfAbsent(new Answers(method, route, status), _ -> new LongAdder())
                .increment();
        times.computeIfAbsent("method=\"" + method + "\",route=\"" + route + "\"", _ -> new Times())
                .add(nanos);
    }

    /** Prometheus' text format. */
    public void print(StringBuilder text) {
        text.append("# HELP yunqi_http_requests_total Requests by route and status.\n")
                .append("# TYPE yunqi_http_requests_total counter\n");
        answers.forEach((key, count) -> text.append("yunqi_http_requests_total{method=\"")
                .append(key.method())
                .append("\",route=\"")
                .append(key.route())
                .append("\",status=\"")
                .append(key.status())
                .append("\"} ")
                .append(count.sum())
                .append('\n'));
        text.append("# HELP yunqi_http_request_seconds How long answers took, streams excepted.\n")
                .append("# TYPE yunqi_http_request_seconds histogram\n");
        times.forEach((labels, time) -> print(text, labels, time));
    }

    private static void print(StringBuilder text, String labels, Times time) {
        long sum = 0;
        for (int i = 0; i <= SECONDS.length; i++) {
            sum += time.buckets.get(i);
            String bound = i == SECONDS.length ? "+Inf" : Double.toString(SECONDS[i]);
            text.append(String.format(
                    Locale.ROOT, "yunqi_http_request_seconds_bucket{%s,le=\"%s\"} %d%n", labels, bound, sum));
        }
        text.append(String.format(
                Locale.ROOT, "yunqi_http_request_seconds_sum{%s} %.6f%n", labels, time.nanos.sum() / NANOS));
        text.append(String.format(Locale.ROOT, "yunqi_http_request_seconds_count{%s} %d%n", labels, sum));
    }
}

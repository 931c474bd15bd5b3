package yunqi.cli.site;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import yunqi.cli.show.Progress;

/** Says each step as it is done, and how long it took. */
final class Steps {
    private final Progress progress;
    private final Instant begin = Instant.now();
    private Instant last = Instant.now();

    Steps(Progress progress) {
        this.progress = progress;
    }

    void doing(String what) {
        progress.say(what + " …");
    }

    void done(String what) {
        Instant now = Instant.now();
        progress.done(String.format(Locale.ROOT, "%6.1f s  %s", seconds(Duration.between(last, now)), what));
        last = now;
    }

    double total() {
        return seconds(Duration.between(begin, Instant.now()));
    }

    private static double seconds(Duration time) {
        return time.toMillis() / 1000.0;
    }
}

package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import yunqi.cli.Main;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Surroundings;
import yunqi.core.base.Clock;
import yunqi.core.image.ImageLimits;
import yunqi.core.wire.Api;
import yunqi.drivers.fake.FakeIntake;
import yunqi.drivers.fake.Faults;
import yunqi.server.ApiTable;
import yunqi.server.access.Access;
import yunqi.server.audit.AuditTrail;
import yunqi.server.http.Http;
import yunqi.server.http.Measures;
import yunqi.server.site.FirstStart;
import yunqi.server.store.MemoryAudit;

/** The real API on a free port, and the command as people type it there; the context {@code site} is the first operator's. */
final class TypedSite implements AutoCloseable {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    final Map<String, String> env = new ConcurrentSkipListMap<>();
    private final AuditTrail trail;
    private final Http http;

    TypedSite(Path folder, TwoEnds ends, Clock clock, URI registry) throws Exception {
        FirstStart.of(ends.store, ApiTable.projects(ends.store, clock), clock);
        trail = AuditTrail.open(new MemoryAudit(), clock, "server-1");
        Http.Books books = new Http.Books(new Measures(), trail);
        Access access = new Access(ends.store, clock, Access.Settings.USUAL);
        access.tokens().first(folder.resolve("operator-token"));
        FakeIntake images = new FakeIntake(Faults.NONE);
        Http.Table table = ApiTable.of(
                new ApiTable.Parts(ends.store, clock, ends.streams, access, ends.joins, books),
                new ApiTable.Images(images, images, ImageLimits.USUAL),
                new Api.Version("0.1.0", "v1", false, ends.authority.fingerprint()),
                registry);
        http = new Http(
                new Http.Listen("127.0.0.1", 0, ends.authority.api(List.of("127.0.0.1"))), table, access, books);
        http.start();
        Files.writeString(folder.resolve("ca.crt"), ends.authority.certificate());
        env.put("YUNQI_HOME", System.getProperty("yunqi.home", ".."));
        env.put("YUNQI_CONFIG", folder.resolve("config.json").toString());
        String token = Files.readString(folder.resolve("operator-token")).strip();
        new Contexts(around("")).save("site", new Contexts.Context(url(), token, ends.authority.certificate()));
    }

    String url() {
        return "https://127.0.0.1:" + http.port();
    }

    private Surroundings around(String input) {
        return new Surroundings(
                env,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    int yunqi(String input, String... words) {
        out.reset();
        err.reset();
        return Main.run(around(input), List.of(words));
    }

    void done(String input, String... words) {
        assertThat(yunqi(input, words))
                .as(() -> String.join(" ", words) + ": " + err())
                .isZero();
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        http.close();
        trail.close();
    }
}

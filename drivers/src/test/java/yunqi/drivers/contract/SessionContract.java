package yunqi.drivers.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;
import static yunqi.drivers.contract.Eventually.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.Session;

/** What every {@code InstanceDriver} does with instances' lives, and with its three kinds of {@link Session}: console, exec and logs. */
public abstract class SessionContract extends InstanceDriverContract {
    /** True if the engine runs commands inside; its image then has {@code sh}, {@code cat} and {@code stty}. */
    protected abstract boolean executes();

    /** What came out of each channel until the end. */
    private record Output(String out, String err) {}

    private Output readAll(Session session) throws Exception {
        return timed(() -> {
            StringBuilder out = new StringBuilder();
            StringBuilder err = new StringBuilder();
            for (Optional<Session.Chunk> chunk = session.read(); chunk.isPresent(); chunk = session.read()) {
                String text = StandardCharsets.UTF_8.decode(chunk.get().bytes()).toString();
                (chunk.get().channel() == Session.Channel.OUT ? out : err).append(text);
            }
            return new Output(out.toString(), err.toString());
        });
    }

    /** Reads until the text has come out, on whichever channel. */
    private String readUntil(Session session, String text) throws Exception {
        return timed(() -> {
            StringBuilder all = new StringBuilder();
            while (all.indexOf(text) < 0) {
                Session.Chunk chunk = session.read()
                        .orElseThrow(() -> new AssertionError("ended without '" + text + "', but: " + all));
                all.append(StandardCharsets.UTF_8.decode(chunk.bytes()));
            }
            return all.toString();
        });
    }

    private <T> T timed(java.util.concurrent.Callable<T> call) throws Exception {
        ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor();
        Future<T> future = thread.submit(call);
        thread.shutdown();
        return future.get(patience().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void send(Session session, String text) throws IOException {
        session.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void logsGiveWhatWasPrintedAndEnd() throws Exception {
        InstanceId id = running();
        within(patience(), "the greeting is in the log", () -> {
            try (Session logs = driver().logs(id, -1, false)) {
                return readAll(logs).out().contains(greeting());
            }
        });
    }

    @Test
    void logsGiveOnlyTheLastLinesThatWereAskedFor() throws Exception {
        InstanceId id = running();
        within(patience(), "something is in the log", () -> {
            try (Session logs = driver().logs(id, 1, false)) {
                long lines = readAll(logs).out().lines().count();
                assertThat(lines).isLessThanOrEqualTo(1);
                return lines == 1;
            }
        });
    }

    @Test
    void logsFollowUntilClosed() throws Exception {
        InstanceId id = newId();
        create(staying(id));
        driver().start(id);
        try (Session logs = driver().logs(id, -1, true)) {
            assertThat(readUntil(logs, greeting())).contains(greeting());
            closingReleases(logs);
        }
    }

    @Test
    void logsOutliveAStop() throws Exception {
        InstanceId id = running();
        try (Session logs = driver().logs(id, -1, true)) {
            assertThat(readUntil(logs, greeting())).contains(greeting());
        }
        driver().stop(id, GRACE);
        try (Session logs = driver().logs(id, -1, false)) {
            assertThat(readAll(logs).out()).contains(greeting());
        }
    }

    @Test
    void sessionsOfWhatIsNotThereAreRefused() throws Exception {
        InstanceId id = newId();
        complains(EngineException.Kind.REFUSED, () -> driver().logs(id, -1, false));
        complains(EngineException.Kind.REFUSED, () -> driver().console(id));
        complains(EngineException.Kind.REFUSED, () -> driver().exec(id, List.of("true"), false));
    }

    @Test
    void severalConsolesMayBeOpenAndAClosedOneReleasesItsReader() throws Exception {
        InstanceId id = running();
        try (Session first = driver().console(id);
                Session second = driver().console(id)) {
            first.resize(100, 30);
            closingReleases(first);
            closingReleases(second);
            assertThat(first.exitCode()).isEmpty();
        }
    }

    private void closingReleases(Session session) throws Exception {
        ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor();
        Future<?> reader = thread.submit(() -> {
            while (session.read().isPresent()) {
                // Whatever still comes out is let pass.
            }
            return "ended";
        });
        thread.shutdown();
        session.close();
        session.close();
        assertThat(reader.get(patience().toMillis(), TimeUnit.MILLISECONDS)).isEqualTo("ended");
    }

    @Test
    void execGivesBothChannelsAndTheExitCode() throws Exception {
        InstanceId id = running();
        List<String> command = List.of("sh", "-c", "echo good; echo bad >&2; exit 3");
        if (!executes()) {
            complains(EngineException.Kind.REFUSED, () -> driver().exec(id, command, false));
            return;
        }
        try (Session session = driver().exec(id, command, false)) {
            assertThat(readAll(session)).isEqualTo(new Output("good\n", "bad\n"));
            assertThat(session.exitCode()).contains(3);
        }
    }

    @Test
    void execTakesInputUntilItIsClosed() throws Exception {
        if (!executes()) {
            return; // That exec is refused is tested above.
        }
        InstanceId id = running();
        try (Session session = driver().exec(id, List.of("cat"), false)) {
            send(session, "one\n");
            assertThat(readUntil(session, "one\n")).isEqualTo("one\n");
            send(session, "two\n");
            session.closeInput();
            assertThat(readAll(session).out()).isEqualTo("two\n");
            assertThat(session.exitCode()).contains(0);
        }
    }

    @Test
    void execGivesATerminalOfTheSizeThatIsSet() throws Exception {
        if (!executes()) {
            return; // That exec is refused is tested above.
        }
        InstanceId id = running();
        try (Session session = driver().exec(id, List.of("sh", "-c", "read go; stty size"), true)) {
            session.resize(101, 37);
            send(session, "go\n");
            assertThat(readAll(session).out()).contains("37 101");
            assertThat(session.exitCode()).contains(0);
        }
    }

    @Test
    void execOfAMissingProgramEndsBadly() throws Exception {
        if (!executes()) {
            return; // That exec is refused is tested above.
        }
        InstanceId id = running();
        try (Session session = driver().exec(id, List.of("no-such-program"), false)) {
            readAll(session);
            assertThat(session.exitCode().orElse(0)).isIn(126, 127);
        } catch (EngineException e) {
            assertThat(e.kind()).isEqualTo(EngineException.Kind.REFUSED);
        }
    }

    @Test
    void aClosedExecReleasesItsReader() throws Exception {
        if (!executes()) {
            return; // That exec is refused is tested above.
        }
        InstanceId id = running();
        try (Session session = driver().exec(id, List.of("cat"), false)) {
            closingReleases(session);
        }
    }
}

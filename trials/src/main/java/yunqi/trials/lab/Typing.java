package yunqi.trials.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A person at a terminal: a command that runs on, what it has shown so far, and keys typed into it. */
public final class Typing implements AutoCloseable {
    private static final Duration END = Duration.ofSeconds(10);

    private final Process process;
    private final StringBuilder shown = new StringBuilder();

    public Typing(Map<String, String> environment, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        this.process = builder.redirectErrorStream(true).start();
        Thread.ofVirtual().start(this::read);
    }

    private void read() {
        byte[] buffer = new byte[8192];
        try (InputStream in = process.getInputStream()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                show(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            show("\n[" + e + "]");
        }
    }

    private void show(String text) {
        synchronized (shown) {
            shown.append(text);
        }
    }

    public String shown() {
        synchronized (shown) {
            return shown.toString();
        }
    }

    public void type(String keys) throws IOException {
        OutputStream out = process.getOutputStream();
        out.write(keys.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Waits until this text is shown after what was shown when {@code since} was read; all that is shown. */
    public String await(String text, int since, Duration longest) {
        return Cloud.await("'" + text + "' is shown", longest, this::shown, all -> all.indexOf(text, since) >= 0);
    }

    /** Types a line at a shell's prompt and waits for its end; what it printed. The line must hold no secret of the terminal: it is echoed. */
    public String run(String line, Duration longest) throws IOException {
        int since = shown().length();
        type(line + "; echo end-$((40+2))-$?\n");
        String all = await("end-42-", since, longest);
        return all.substring(since);
    }

    /** Leaves as {@code ^]} does; the exit code. */
    public int leave() throws IOException, InterruptedException {
        type("\u001d");
        if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("^] did not leave; shown so far:\n" + shown());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

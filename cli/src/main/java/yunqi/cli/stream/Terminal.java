package yunqi.cli.stream;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The terminal of this process, in raw mode while open: every key goes to the other side, and what it was before is put back at the end. */
public final class Terminal implements AutoCloseable {
    private static final File TTY = new File("/dev/tty");
    private static final int STTY_SECONDS = 5;

    /** How large a terminal is. */
    public record Size(int columns, int rows) {}

    private final String before;
    private final Thread restore;

    private Terminal(String before) {
        this.before = before;
        // Also when this process is ended by a signal: a terminal left raw is of no use to anybody.
        this.restore = new Thread(() -> stty(before));
        Runtime.getRuntime().addShutdownHook(restore);
    }

    /** Puts the terminal into raw mode; empty if there is none. */
    public static Optional<Terminal> raw() {
        Optional<String> before = stty("-g").filter(text -> !text.isEmpty());
        if (before.isEmpty() || stty("raw", "-echo").isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Terminal(before.get()));
    }

    public static Optional<Size> size() {
        return stty("size")
                .map(text -> text.split(" ", -1))
                .filter(parts -> parts.length == 2)
                .flatMap(parts -> {
                    try {
                        Size size = new Size(Integer.parseInt(parts[1]), Integer.parseInt(parts[0]));
                        return size.columns() > 0 && size.rows() > 0 ? Optional.of(size) : Optional.empty();
                    } catch (NumberFormatException e) {
                        return Optional.empty();
                    }
                });
    }

    /** Calls back, on a thread of the JDK, each time the terminal was resized. */
    public static void onResize(Runnable resized) {
        // sun.misc.Signal is supported (module jdk.unsupported) but the compiler warns of it in any form but this.
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours = Proxy.newProxyInstance(
                    Terminal.class.getClassLoader(), new Class<?>[] {handler}, (_, method, _) -> {
                        if (method.getName().equals("handle")) {
                            resized.run();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("WINCH"), ours);
        } catch (ReflectiveOperationException e) {
            // Without it the other side keeps the size that it was told first.
        }
    }

    private static Optional<String> stty(String... args) {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(args));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(TTY)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor(STTY_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0
                    ? Optional.of(said)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        stty(before);
        try {
            Runtime.getRuntime().removeShutdownHook(restore);
        } catch (IllegalStateException e) {
            // The process is ending: the hook does it once more, which is harmless.
        }
    }
}

package yunqi.cli.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import yunqi.core.base.BadValue;
import yunqi.core.wire.Wire;

/** The clouds that this user knows, in one file that only this user can read: which one is meant unless another is named. */
public final class Contexts {
    /** One cloud: where its API is, the token, and the certificate (PEM) of its authority. */
    public record Context(String url, String token, String ca) {
        /** The token stays out of logs. */
        @Override
        public String toString() {
            return "Context[" + url + "]";
        }
    }

    /** The file as written. */
    public record Known(Optional<String> current, NavigableMap<String, Context> contexts) {}

    private final Surroundings around;

    public Contexts(Surroundings around) {
        this.around = around;
    }

    /** {@code YUNQI_CONFIG}, or {@code ~/.config/yunqi/config.json}. */
    public Path file() {
        return around.env("YUNQI_CONFIG")
                .map(Path::of)
                .orElseGet(() -> around.env("XDG_CONFIG_HOME")
                        .map(Path::of)
                        .orElse(around.home().resolve(".config"))
                        .resolve("yunqi/config.json"));
    }

    public Known load() {
        try {
            return known(Json.read(Files.readAllBytes(file())));
        } catch (java.nio.file.NoSuchFileException e) {
            return new Known(Optional.empty(), new TreeMap<>());
        } catch (java.nio.file.AccessDeniedException e) {
            throw Trouble.failed(
                    file() + " cannot be read by this user; set YUNQI_CONFIG to a file of yours, or fix its owner");
        } catch (IOException | BadValue e) {
            throw Trouble.failed(
                    file() + " is not a file of contexts (" + Surroundings.line(String.valueOf(e.getMessage()))
                            + ")\n  move it away, then 'yunqi up' or 'yunqi context add' writes a new one");
        }
    }

    /** By hand: binding records takes a JVM that has just started longer than all else that a command does before its call. */
    private static Known known(JsonNode file) {
        NavigableMap<String, Context> contexts = new TreeMap<>();
        fields(file, "", Set.of("contexts"), Set.of("current"));
        fields(file.path("contexts"), "contexts", Set.of(), Set.of());
        file.path("contexts").properties().forEach(one -> {
            String path = "contexts." + one.getKey();
            fields(one.getValue(), path, Set.of("url", "token", "ca"), Set.of());
            contexts.put(
                    one.getKey(),
                    new Context(
                            text(one.getValue(), path, "url"),
                            text(one.getValue(), path, "token"),
                            text(one.getValue(), path, "ca")));
        });
        return new Known(file.has("current") ? Optional.of(text(file, "", "current")) : Optional.empty(), contexts);
    }

    private static void fields(JsonNode object, String path, Set<String> needed, Set<String> more) {
        if (!object.isObject()) {
            throw new BadValue(path, "must be an object");
        }
        for (String name : needed) {
            if (!object.has(name)) {
                throw new BadValue(path + "." + name, "is missing");
            }
        }
        boolean any = path.equals("contexts"); // there the names are the user's
        object.fieldNames().forEachRemaining(name -> {
            if (!any && !needed.contains(name) && !more.contains(name)) {
                throw new BadValue(path + "." + name, "is not known");
            }
        });
    }

    private static String text(JsonNode object, String path, String name) {
        if (!object.path(name).isTextual()) {
            throw new BadValue(path + "." + name, "must be a text");
        }
        return object.path(name).asText();
    }

    /** The context that is meant: {@code name}, else {@code YUNQI_CONTEXT}, else the current one. */
    public Context pick(Optional<String> name) {
        Known known = load();
        String wanted = name.or(() -> around.env("YUNQI_CONTEXT"))
                .or(known::current)
                .orElseThrow(
                        () -> Trouble.failed(
                                "no cloud is known here yet\n  'yunqi up' starts one on this machine; 'yunqi context add NAME --url URL --token TOKEN --ca FILE' names one elsewhere"));
        Context context = known.contexts().get(wanted);
        if (context == null) {
            throw Trouble.failed("no context named " + wanted + "; known are "
                    + (known.contexts().isEmpty()
                            ? "none"
                            : String.join(", ", known.contexts().keySet())));
        }
        return context;
    }

    /** Adds or changes a context and makes it the current one. */
    public void save(String name, Context context) {
        Known known = load();
        known.contexts().put(name, context);
        write(new Known(Optional.of(name), known.contexts()));
    }

    public void use(String name) {
        Known known = load();
        pick(Optional.of(name));
        write(new Known(Optional.of(name), known.contexts()));
    }

    public void remove(String name) {
        Known known = load();
        known.contexts().remove(name);
        Optional<String> current = known.current()
                .filter(known.contexts()::containsKey)
                .or(() -> known.contexts().navigableKeySet().stream().findFirst());
        write(new Known(current, known.contexts()));
    }

    private void write(Known known) {
        Path file = file().toAbsolutePath();
        Path folder = file.resolveSibling(".");
        try {
            Files.createDirectories(folder.normalize());
            // Made with its final permissions before the token goes in, and moved into place whole.
            Path fresh = Files.createTempFile(
                    folder.normalize(),
                    "config",
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(
                    fresh, Wire.strict().writerWithDefaultPrettyPrinter().writeValueAsString(known) + "\n");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw Trouble.failed("cannot write " + file + ": " + e.getMessage() + "; set YUNQI_CONFIG to another file");
        }
    }
}

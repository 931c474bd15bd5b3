package yunqi.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Release;
import yunqi.server.backup.Archive;
import yunqi.server.backup.Backup;
import yunqi.server.backup.Manifest;
import yunqi.server.backup.Restore;
import yunqi.server.store.PostgresCopy;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresSettings;
import yunqi.server.tls.Authority;

/**
 * Backups of a site, for {@code yunqi backup} and {@code yunqi restore}: {@code yunqi.server.BackupMain VERB --config FILE …}. Exit codes as the server's: 0 done, 1 failed (one sentence on standard
 * error says why), 2 wrong usage.
 */
public final class BackupMain {
    private static final String USAGE =
            "usage: yunqi.server.BackupMain backup|check|stage|swap|undo --config FILE PATH [--images]";

    private static final Duration GRACE = Duration.ofSeconds(60); // it writes what it has in memory

    private BackupMain() {}

    public static void main(String[] args) {
        List<String> words = List.of(args);
        if (words.size() < 4 || !words.get(1).equals("--config")) {
            System.err.println(USAGE);
            System.exit(2);
        }
        try {
            System.exit(
                    run(words.getFirst(), Path.of(words.get(2)), Path.of(words.get(3)), words.contains("--images")));
        } catch (BadValue | IOException | EngineException e) {
            System.err.println("yunqi backup: " + e.getMessage());
            System.exit(1);
        }
    }

    private static int run(String verb, Path config, Path path, boolean images) throws IOException, EngineException {
        switch (verb) {
            case "backup" -> backup(Config.load(config), path, images);
            case "check" -> {
                try (Archive archive = Archive.open(path)) {
                    System.out.println(words(archive.manifest()));
                }
            }
            case "stage" -> stage(Config.load(config), path);
            case "swap" -> swap(Config.load(config), path);
            case "undo" -> {
                Config there = Config.load(config);
                try (Database database = started(there)) {
                    new Restore(rows(there, database.settings()), there.folder()).undo(path);
                }
            }
            default -> {
                System.err.println(USAGE);
                return 2;
            }
        }
        return 0;
    }

    private static void backup(Config config, Path file, boolean images) throws IOException, EngineException {
        PostgresSettings settings;
        if (config.database() instanceof Config.Database.Embedded) {
            PostgresProcess process =
                    new PostgresProcess(config.root(), config.ports().database());
            if (!process.running()) {
                throw new IOException("the database of this cloud does not run: bring it up by 'yunqi up'");
            }
            settings = process.settings();
        } else {
            settings = external(config);
        }
        Manifest manifest = new Backup(rows(config, settings), config.folder())
                .write(
                        file,
                        new Backup.Wish(
                                Release.OURS,
                                Authority.open(config.folder().resolve("ca"), Instant::now)
                                        .fingerprint(),
                                images,
                                Clock.systemUTC().instant()));
        System.out.println(words(manifest) + ", " + new Bytes(Files.size(file)));
    }

    private static String words(Manifest manifest) {
        return "a backup of " + manifest.made() + " by Yunqi " + manifest.version()
                + (manifest.images() ? ", with the bytes of images" : ", without the bytes of images");
    }

    private static void stage(Config config, Path file) throws IOException, EngineException {
        try (Archive archive = Archive.open(file);
                Database database = started(config)) {
            new Restore(rows(config, database.settings()), config.folder()).stage(archive);
        }
    }

    private static void swap(Config config, Path file) throws IOException, EngineException {
        Path authority = config.folder().resolve("ca");
        Optional<String> before = Files.exists(authority.resolve("ca.crt"))
                ? Optional.of(Authority.open(authority, Instant::now).fingerprint())
                : Optional.empty();
        try (Archive archive = Archive.open(file);
                Database database = started(config)) {
            System.out.println(new Restore(rows(config, database.settings()), config.folder())
                    .swap(Clock.systemUTC().instant(), archive.manifest(), before));
        }
    }

    private static PostgresCopy rows(Config config, PostgresSettings settings) {
        if (config.database() instanceof Config.Database.Memory) {
            throw new BadValue("database", "this cloud keeps everything in memory: there is nothing to back up");
        }
        return new PostgresCopy(settings);
    }

    /** A database that answers. One that was started for this alone is ended again, so that the machine is as it was found. */
    private record Database(PostgresSettings settings, Optional<PostgresProcess> started) implements AutoCloseable {
        @Override
        public void close() throws EngineException {
            if (started.isPresent()) {
                started.get().stop(GRACE);
            }
        }
    }

    private static PostgresSettings external(Config config) {
        if (config.database() instanceof Config.Database.External(String url, String user, String password)) {
            return PostgresSettings.of(url, user, password);
        }
        throw new BadValue("database", "this cloud keeps everything in memory: there is nothing to back up");
    }

    /** Our own database is started unless it runs. One that doesn't start is set aside, and a new one made: it is what a backup is for. */
    private static Database started(Config config) throws IOException, EngineException {
        if (!(config.database() instanceof Config.Database.Embedded)) {
            return new Database(external(config), Optional.empty());
        }
        PostgresProcess process =
                new PostgresProcess(config.root(), config.ports().database());
        boolean ran = process.running();
        PostgresSettings settings = start(config, process);
        return new Database(settings, ran ? Optional.empty() : Optional.of(process));
    }

    private static PostgresSettings start(Config config, PostgresProcess process) throws IOException, EngineException {
        Path data = config.folder().resolve("pg/data");
        try {
            return process.start();
        } catch (EngineException e) {
            if (!Files.exists(data)) {
                throw e;
            }
            String stamp = Long.toString(Clock.systemUTC().millis());
            Path aside = data.resolveSibling("data.broken-" + stamp);
            System.err.println("the database does not start: " + e.getMessage() + "; it is set aside as " + aside);
            Files.move(data, aside);
            try {
                return process.start();
            } catch (EngineException also) {
                // It was not the data: no room, or a port that somebody else has.
                if (Files.exists(data)) {
                    Files.move(data, data.resolveSibling("data.unused-" + stamp));
                }
                Files.move(aside, data);
                also.addSuppressed(e);
                throw also;
            }
        }
    }
}

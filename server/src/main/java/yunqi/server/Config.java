package yunqi.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.image.ImageLimits;
import yunqi.core.wire.Wire;
import yunqi.server.access.Access;

/**
 * What the server is told, read from {@code ROOT/server/server.json}. Every field of the file is optional. {@code address} is where hosts and users reach
 * this server, {@code names} what else it is called (its certificate is valid for all of them); {@code listen} is the local address of its
 * listeners. {@code simulated} hosts are pretended inside the server, which then starts no engine but PostgreSQL. {@code access} says
 * who may know what.
 */
public record Config(
        Path root,
        String address,
        List<String> names,
        String listen,
        Ports ports,
        Database database,
        Images images,
        int simulated,
        Access.Settings access) {
    public static final int SIMULATED_LIMIT =
            10_000; // what the simulation is meant for; more needs more memory than a laptop has

    /** Where everything of ours lives unless told otherwise. */
    public static final Path ROOT = Path.of("/var/lib/yunqi");

    /** API, link to hosts, OVN's southbound, registry and PostgreSQL; the last two are of this machine only. */
    public record Ports(int api, int link, int southbound, int registry, int database) {
        public static final Ports USUAL = new Ports(7443, 7444, 7445, 7446, 7447);
        private static final int HIGHEST = 65_535;

        public Ports {
            check("ports.api", api);
            check("ports.link", link);
            check("ports.southbound", southbound);
            check("ports.registry", registry);
            check("ports.database", database);
        }

        private static void check(String field, int port) {
            if (port < 0 || port > HIGHEST) {
                throw new BadValue(field, port + " is not a port: use 1 to 65535, or 0 for any free one");
            }
        }
    }

    /**
     * How large images may be, and from which blocks of addresses they may be fetched besides those of the public Internet: private ones are closed, since the
     * server may reach there what those who ask it cannot.
     */
    public record Images(ImageLimits limits, List<String> fetchFrom) {
        public static final Images USUAL = new Images(ImageLimits.USUAL, List.of());

        public Images {
            fetchFrom = List.copyOf(fetchFrom);
        }
    }

    /** Where the rows are kept. */
    public sealed interface Database {
        /** PostgreSQL that comes with us, in the state root. */
        record Embedded() implements Database {}

        /** A PostgreSQL of yours, 15 or newer, by JDBC URL. */
        record External(String url, String user, String password) implements Database {
            /** The password stays out of logs. */
            @Override
            public String toString() {
                return "External[" + url + ", " + user + "]";
            }
        }

        /** In memory: gone when the server ends. For trying things out and for tests. */
        record Memory() implements Database {}
    }

    /** The file as written. */
    private record File(
            Optional<String> root,
            Optional<String> address,
            Optional<List<String>> names,
            Optional<String> listen,
            Optional<FilePorts> ports,
            Optional<FileDatabase> database,
            Optional<FileImages> images,
            Optional<Integer> simulated,
            Optional<FileAccess> access) {}

    private record FileAccess(Optional<Boolean> hostsShown) {}

    private record FileImages(
            Optional<Bytes> stored, Optional<Bytes> unpacked, Optional<Bytes> disk, Optional<List<String>> fetchFrom) {}

    private record FilePorts(
            Optional<Integer> api,
            Optional<Integer> link,
            Optional<Integer> southbound,
            Optional<Integer> registry,
            Optional<Integer> database) {}

    /** {@code url} is a JDBC URL, or {@code memory}; without it PostgreSQL comes with us. */
    private record FileDatabase(Optional<String> url, Optional<String> user, Optional<String> password) {}

    public Config {
        names = List.copyOf(names);
        if (simulated < 0 || simulated > SIMULATED_LIMIT) {
            throw new BadValue("simulated", simulated + " is not between 0 and " + SIMULATED_LIMIT);
        }
    }

    /** Reads the file. Throws {@link BadValue} naming the field at fault. */
    public static Config load(Path file) throws IOException {
        Path absolute = file.toAbsolutePath().normalize();
        Path above = absolute.getParent() == null ? null : absolute.getParent().getParent();
        return parse(Files.readString(absolute), above == null ? ROOT : above);
    }

    /** {@code ROOT/server/server.json} names its root by where it lies, unless it says otherwise. */
    static Config parse(String json, Path root) {
        File file = Wire.read("", json, File.class);
        return new Config(
                file.root.map(Path::of).orElse(root),
                file.address.orElse("127.0.0.1"),
                file.names.orElse(List.of()),
                file.listen.orElse("0.0.0.0"),
                file.ports.map(Config::ports).orElse(Ports.USUAL),
                file.database.map(Config::database).orElse(new Database.Embedded()),
                file.images.map(Config::images).orElse(Images.USUAL),
                file.simulated.orElse(0),
                file.access.map(Config::access).orElse(Access.Settings.USUAL));
    }

    private static Access.Settings access(FileAccess file) {
        return new Access.Settings(file.hostsShown.orElse(false));
    }

    private static Ports ports(FilePorts file) {
        return new Ports(
                file.api.orElse(Ports.USUAL.api()),
                file.link.orElse(Ports.USUAL.link()),
                file.southbound.orElse(Ports.USUAL.southbound()),
                file.registry.orElse(Ports.USUAL.registry()),
                file.database.orElse(Ports.USUAL.database()));
    }

    private static Images images(FileImages file) {
        ImageLimits usual = ImageLimits.USUAL;
        return new Images(
                new ImageLimits(
                        file.stored.orElse(usual.stored()),
                        file.unpacked.orElse(usual.unpacked()),
                        file.disk.orElse(usual.disk())),
                file.fetchFrom.orElse(List.of()));
    }

    private static Database database(FileDatabase file) {
        String url = file.url.orElse("");
        if (url.isEmpty()) {
            return new Database.Embedded();
        }
        if (url.equals("memory")) {
            return new Database.Memory();
        }
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new BadValue("database.url", "is not a JDBC URL of PostgreSQL: jdbc:postgresql://host:5432/yunqi");
        }
        return new Database.External(url, file.user.orElse("yunqi"), file.password.orElse(""));
    }

    /** {@code ROOT/server}: everything that the server keeps. */
    public Path folder() {
        return root.resolve("server");
    }

    /** {@code ROOT/run}: pid files and sockets. */
    public Path run() {
        return root.resolve("run");
    }

    /** {@code ROOT/log}. */
    public Path log() {
        return root.resolve("log");
    }

    /** Every name and address that the server's certificates are valid for. */
    public List<String> certificateNames() {
        TreeSet<String> all = new TreeSet<>(names);
        all.add(address);
        all.add("localhost");
        all.add("127.0.0.1");
        return List.copyOf(all);
    }
}

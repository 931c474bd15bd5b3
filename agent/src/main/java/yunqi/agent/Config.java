package yunqi.agent;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import yunqi.agent.link.Join;
import yunqi.core.base.BadValue;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Name;
import yunqi.core.wire.Wire;

/**
 * What the agent is told, read from {@code ROOT/agent/agent.json}. Every field of the file is optional. {@code name} is what the host is to be called (its
 * hostname if left out). {@code server}, {@code token} and {@code authority} are needed once, for joining: the API's address, the one-time token, and the
 * SHA-256 of the authority's certificate. {@code link} overrides where the server said that its link is; {@code address} is this host's address for tunnels
 * to other hosts, found by itself if left out.
 */
public record Config(
        Path root, Name name, Optional<Join.Invitation> invitation, Optional<URI> link, Optional<IpAddress> address) {
    /** Where everything of ours lives unless told otherwise. */
    public static final Path ROOT = Path.of("/var/lib/yunqi");

    /** The file as written. */
    private record File(
            Optional<String> root,
            Optional<Name> name,
            Optional<String> server,
            Optional<String> token,
            Optional<String> authority,
            Optional<String> link,
            Optional<IpAddress> address) {}

    /** Reads the file. Throws {@link BadValue} naming the field at fault, an unknown one too. */
    public static Config load(Path file, String hostname) throws IOException {
        Path absolute = file.toAbsolutePath().normalize();
        Path folder = absolute.getParent();
        Path above = folder == null ? null : folder.getParent();
        return parse(Files.readString(absolute), above == null ? ROOT : above, hostname);
    }

    /** {@code ROOT/agent/agent.json} names its root by where it lies, unless it says otherwise. */
    static Config parse(String json, Path root, String hostname) {
        File file = Wire.read("", json, File.class);
        return new Config(
                file.root.map(Path::of).orElse(root),
                file.name.orElseGet(() -> name(hostname)),
                invitation(file),
                file.link.map(link -> https("link", link)),
                file.address);
    }

    private static Optional<Join.Invitation> invitation(File file) {
        if (file.server.isEmpty()) {
            return Optional.empty();
        }
        if (file.token.isEmpty() || file.authority.isEmpty()) {
            throw new BadValue(
                    file.token.isEmpty() ? "token" : "authority",
                    "is missing: a host joins with server, token and authority, as 'yunqi host token' prints them");
        }
        String authority = file.authority.get().replace(":", "").toLowerCase(Locale.ROOT);
        if (!authority.matches("[0-9a-f]{64}")) {
            throw new BadValue("authority", "is not a SHA-256 of a certificate: 64 hexadecimal digits");
        }
        return Optional.of(new Join.Invitation(https("server", file.server.get()), file.token.get(), authority));
    }

    private static URI https(String field, String text) {
        try {
            URI address = URI.create(text);
            if ("https".equals(address.getScheme()) && address.getHost() != null) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            throw new BadValue(field, "'" + text + "' is not an address: " + e.getMessage());
        }
        throw new BadValue(field, "'" + text + "' is not an address: write it as https://10.0.0.1:7443");
    }

    /** What a machine calls itself, as a name of ours: what doesn't fit into a DNS label is left out. */
    static Name name(String hostname) {
        String label = hostname.toLowerCase(Locale.ROOT).replaceAll("\\..*", "").replaceAll("[^a-z0-9-]", "-");
        String trimmed =
                label.substring(0, Math.min(label.length(), Name.LIMIT)).replaceAll("^-+|-+$", "");
        return new Name(trimmed.isEmpty() ? "host" : trimmed);
    }

    /** {@code ROOT/agent}: everything that the agent keeps. */
    public Path folder() {
        return root.resolve("agent");
    }

    /** {@code ROOT/run}: pid files and sockets. */
    public Path run() {
        return root.resolve("run");
    }
}

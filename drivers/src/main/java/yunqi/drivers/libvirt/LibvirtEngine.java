package yunqi.drivers.libvirt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Daemon;

/**
 * A libvirtd and a virtlogd of our own. Each runs in a mount namespace in which our folders stand over libvirt's compiled-in ones, so that a
 * libvirt that the machine already has, or a second state root, is never met. Use: {@link #prepare}, then start the {@link #daemons} in their
 * order. Guests run on when either is killed, and are found again.
 */
public final class LibvirtEngine {
    private static final Duration PATIENCE =
            Duration.ofSeconds(30); // libvirtd asks every emulator for its abilities at its first start
    private static final int SOCKET_LIMIT = 107; // bytes in the path of a Unix socket
    private static final String MODULE = "libvirt_driver_qemu.so";

    /**
     * Becomes the daemon inside its own mount namespace. What libvirt keeps in its run folder is only true until the machine restarts. The user
     * that guests run as is known only in here, unless the machine has it. Of /dev/kvm guests get a node of their own, or, where KVM is of no
     * use, one that answers nothing: libvirt starts an emulator at every call to ask again, should what root and what guests can do differ.
     */
    private static final String ENTER = """
            set -eu
            data=$1 run=$2 user=$3 group=$4 kvm=$5
            shift 5
            read -r boot </proc/sys/kernel/random/boot_id
            if [ "$(cat "$run/boot" 2>/dev/null)" != "$boot" ]; then
                find "$run" -mindepth 1 -delete
                echo "$boot" >"$run/boot"
            fi
            stand() { [ -d "$2" ] || mkdir -p -m 555 "$2"; mount --bind "$1" "$2"; }
            stand "$data/etc" /etc/libvirt
            stand "$data/lib" /var/lib/libvirt
            stand "$data/log" /var/log/libvirt
            stand "$data/cache" /var/cache/libvirt
            stand "$run" /run/libvirt
            mount -t tmpfs -o mode=755,size=1m yunqi "$data/own"
            if ! getent passwd libvirt-qemu >/dev/null; then
                { cat /etc/passwd; echo "libvirt-qemu:x:$user:$group::/nonexistent:/usr/sbin/nologin"; } >"$data/own/passwd"
                mount --bind "$data/own/passwd" /etc/passwd
            fi
            if ! getent group libvirt-qemu >/dev/null; then
                { cat /etc/group; echo "libvirt-qemu:x:$group:"; } >"$data/own/group"
                mount --bind "$data/own/group" /etc/group
            fi
            if [ -e /dev/kvm ]; then
                if [ "$kvm" = yes ]; then
                    mknod -m 600 "$data/own/kvm" c 10 232
                    chown "$user:$group" "$data/own/kvm"
                else
                    mknod -m 600 "$data/own/kvm" c 1 3
                fi
                mount --bind "$data/own/kvm" /dev/kvm
            fi
            exec "$@"
            """;

    private LibvirtEngine() {}

    /**
     * Where it lives: {@code data} keeps definitions and instances, {@code images} the images of VMs, {@code run} has pid files and (in {@code
     * libvirt}) sockets, {@code log} the logs. {@code host} is the identity that libvirt shows for this host.
     */
    public record Place(Path data, Path images, Path run, Path log, UUID host) {
        /** The folders under a state root, as all parts know them. */
        public static Place under(Path root, UUID host) {
            return new Place(
                    root.resolve("agent/libvirt"),
                    root.resolve("agent/images"),
                    root.resolve("run"),
                    root.resolve("log"),
                    host);
        }

        /** The folder of every instance is in here. */
        public Path instances() {
            return data.resolve("instances");
        }

        Path sockets() {
            return run.resolve("libvirt");
        }

        Path socket() {
            return sockets().resolve("libvirt-sock");
        }
    }

    /** The user and group, by number, that guests run as: libvirt's own where the machine has it, else the number that Debian reserves for it. */
    record GuestUser(int user, int group) {
        private static final int RESERVED = 64055;

        static GuestUser of(String passwd) {
            for (String line : passwd.lines().toList()) {
                String[] fields = line.split(":", -1);
                if (fields.length > 3 && fields[0].equals("libvirt-qemu")) {
                    return new GuestUser(Integer.parseInt(fields[2]), Integer.parseInt(fields[3]));
                }
            }
            return new GuestUser(RESERVED, RESERVED);
        }

        static GuestUser here() throws EngineException {
            try {
                return of(Files.readString(Path.of("/etc/passwd")));
            } catch (IOException e) {
                throw new EngineException(EngineException.Kind.UNAVAILABLE, "cannot read /etc/passwd", e);
            }
        }
    }

    /** Writes the settings and makes the folders. May be repeated, also while everything runs. */
    public static void prepare(Place place) throws EngineException {
        String longest = place.instances()
                .resolve(new UUID(0, 0).toString())
                .resolve(InstanceFolder.CONSOLE)
                .toString();
        if (longest.getBytes(StandardCharsets.UTF_8).length > SOCKET_LIMIT) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    "the state root's path is too long for Unix sockets (" + longest
                            + "): choose one of up to 30 characters");
        }
        try {
            for (String folder : List.of("etc", "lib", "log/qemu", "cache", "own", "modules", "instances")) {
                Files.createDirectories(place.data().resolve(folder));
            }
            Files.createDirectories(place.images());
            Files.createDirectories(place.sockets());
            Files.createDirectories(place.log());
            for (Path folder : List.of(place.instances(), place.images())) {
                letThrough(folder);
            }
            GuestUser user = GuestUser.here();
            settings(place, user)
                    .forEach((name, text) -> write(place.data().resolve("etc").resolve(name), text));
            onlyQemu(place.data().resolve("modules"));
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot prepare " + place.data() + ": " + e.getMessage(), e);
        }
    }

    /** Removes what the daemons and their guests left outside the place, as far as nobody else uses it. To be called when they have ended. */
    public static void clear() throws EngineException {
        MountPoints.remove();
        MountPoints.removeControlGroups(MountPoints.CGROUPS, Instant.now());
    }

    /** The settings of the daemons by file name. Guests share nothing but their user, and no daemon listens on a network. */
    static Map<String, String> settings(Place place, GuestUser user) {
        return Map.of(
                "libvirtd.conf",
                """
                unix_sock_dir = "/run/libvirt"
                unix_sock_ro_perms = "0700"
                unix_sock_rw_perms = "0700"
                auth_unix_ro = "none"
                auth_unix_rw = "none"
                host_uuid = "%s"
                log_outputs = "3:stderr"
                """.formatted(place.host()),
                "qemu.conf",
                """
                # Guests are kept apart by their user, seccomp and cgroups; profiles of a security module would have to be installed on the machine.
                security_driver = "none"
                user = "+%d"
                group = "+%d"
                # Files of instances are given to the guests' user when they are made.
                dynamic_ownership = 0
                remember_owner = 0
                # A private /dev for each guest costs time at its start; cgroups say which devices it may open.
                namespaces = []
                """.formatted(user.user(), user.group()),
                "virtlogd.conf",
                """
                log_outputs = "3:stderr"
                max_size = %d
                max_backups = %d
                """.formatted(LogFiles.SIZE_LIMIT, LogFiles.BACKUPS));
    }

    /** The daemons, in the order in which they are started. {@code kvm} says whether guests may use KVM. */
    public static List<Daemon> daemons(Place place, boolean kvm) throws EngineException {
        GuestUser user = GuestUser.here();
        return List.of(
                daemon(place, user, kvm, "virtlogd", place.sockets().resolve("virtlogd-sock")),
                daemon(place, user, kvm, "libvirtd", place.socket()));
    }

    /**
     * One daemon. tini takes in the orphans that libvirtd makes (emulators started to be asked, guests): where process 1 of the machine is slow to
     * do so, every end of a guest would take seconds. It ends when its child does; the other way round setpriv sees to it.
     */
    private static Daemon daemon(Place place, GuestUser user, boolean kvm, String name, Path socket) {
        List<String> command = List.of(
                "unshare",
                "--mount",
                "--propagation",
                "slave",
                "sh",
                "-c",
                ENTER,
                name,
                place.data().toString(),
                place.sockets().toString(),
                Integer.toString(user.user()),
                Integer.toString(user.group()),
                kvm ? "yes" : "no",
                "tini",
                "-s",
                "--",
                "setpriv",
                "--pdeathsig",
                "KILL",
                "/usr/sbin/" + name,
                "-f",
                "/etc/libvirt/" + name + ".conf",
                "-p",
                "/run/libvirt/" + name + ".pid");
        return new Daemon(
                name,
                command,
                Map.of("LIBVIRT_DRIVER_DIR", place.data().resolve("modules").toString(), "LC_ALL", "C.UTF-8"),
                place.run().resolve(name + ".pid"),
                place.log().resolve(name + ".log"),
                Optional.empty(),
                new Daemon.Ready.Socket(socket),
                PATIENCE);
    }

    /** Of libvirt's drivers only QEMU's is loaded: the others would look at devices, networks and storage that are not ours. */
    private static void onlyQemu(Path modules) throws IOException, EngineException {
        try (DirectoryStream<Path> installed = Files.newDirectoryStream(
                Path.of("/usr/lib"),
                path -> Files.exists(path.resolve("libvirt/connection-driver").resolve(MODULE)))) {
            for (Path library : installed) {
                Path link = modules.resolve(MODULE);
                Path target = library.resolve("libvirt/connection-driver").resolve(MODULE);
                if (!Files.isSymbolicLink(link) || !Files.readSymbolicLink(link).equals(target)) {
                    Files.deleteIfExists(link);
                    Files.createSymbolicLink(link, target);
                }
                return;
            }
        }
        throw new EngineException(
                EngineException.Kind.REFUSED,
                "libvirt's QEMU driver is not installed: install the package libvirt-daemon-driver-qemu");
    }

    /** Guests run as a user of their own and have to pass through the folders above theirs; they need not see what is in them. */
    private static void letThrough(Path folder) throws IOException, EngineException {
        for (Path at = folder.toRealPath(); at != null; at = at.getParent()) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(at, LinkOption.NOFOLLOW_LINKS);
            if (permissions.contains(PosixFilePermission.OTHERS_EXECUTE)) {
                continue;
            }
            if (at.getNameCount() < folder.getNameCount() - 2) {
                throw new EngineException(
                        EngineException.Kind.REFUSED,
                        "guests cannot reach " + folder + " through " + at
                                + ": choose a state root such as /var/lib/yunqi");
            }
            EnumSet<PosixFilePermission> more = EnumSet.copyOf(permissions);
            more.add(PosixFilePermission.OTHERS_EXECUTE);
            Files.setPosixFilePermissions(at, more);
        }
    }

    private static void write(Path file, String text) {
        try {
            if (!Files.exists(file) || !Files.readString(file).equals(text)) {
                Files.writeString(file, text);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

package yunqi.cli.site;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Progress;

/** {@code yunqi purge}: removes every trace: processes, namespaces, interfaces, mounts, files, user, context. */
public final class Purge {
    /** What of ours runs programs below the state root; nothing else is ended, even if it looks into that folder. */
    private static final Set<String> ENGINES = Set.of(
            "java",
            "keep",
            "bash",
            "sh",
            "containerd",
            "containerd-shim",
            "dockerd",
            "runc",
            "tini",
            "libvirtd",
            "virtlogd",
            "virtlockd",
            "qemu-system-x86",
            "ovsdb-server",
            "ovs-vswitchd",
            "ovn-controller",
            "ovn-northd",
            "docker-registry",
            "postgres");

    private static final int COMM = 15; // the kernel keeps that much of a program's name

    private Purge() {}

    public static void run(Surroundings around, Optional<Path> named, boolean yes)
            throws IOException, InterruptedException {
        Root root = Site.find(around, named);
        if (!root.ours()) {
            throw Trouble.failed("there is nothing of Yunqi's at " + root.folder() + "; --root names another place");
        }
        boolean host = Files.exists(root.agentConfig());
        Optional<String> database = Settings.outerDatabase(root);
        boolean account = Account.root() && Account.owns(root.server());
        if (host) {
            Account.checkRoot("purge");
        }
        if (!yes) {
            ask(around, root);
        }
        String token =
                Files.isReadable(root.token()) ? Files.readString(root.token()).strip() : "";
        try (Progress progress = new Progress(around)) {
            try (Site.Lock _ = Site.lock(root)) {
                Down.stop(around, root, progress);
                if (host) {
                    new HostAgent(root, Site.launch(around, root), new Keeper(around.programFolder(), root)).purge();
                }
            }
            endLeftovers(root);
            unmount(root);
            Libraries.remove(root.folder());
        }
        forget(around, token);
        around.out().println("everything at " + root.folder() + " is gone; installed packages stay");
        database.ifPresent(url -> around.out().println("the database at " + url + " is left as it is"));
        String stays = account ? Account.remove() : "";
        if (!stays.isEmpty()) {
            around.out().println("the user '" + Account.NAME + "' stays: " + stays);
        }
    }

    private static void ask(Surroundings around, Root root) throws IOException {
        if (!around.inputIsTerminal()) {
            throw Trouble.failed("this would remove everything at " + root.folder()
                    + ", instances and their data too; if you mean it: 'yunqi purge --yes'");
        }
        around.err()
                .println("This removes everything at " + root.folder()
                        + ": all instances, their data, and the server's.");
        around.err().print("Type the name of that folder to go on: ");
        around.err().flush();
        String answer = new BufferedReader(new InputStreamReader(around.in(), StandardCharsets.UTF_8)).readLine();
        if (answer == null || !answer.strip().equals(root.folder().toString())) {
            throw Trouble.failed("that is not " + root.folder() + "; nothing was removed");
        }
    }

    /** Ends what no pid file names any more: processes of our engines whose command line speaks of the state root. */
    private static void endLeftovers(Root root) throws InterruptedException {
        List<ProcessHandle> left = leftovers(root);
        left.forEach(ProcessHandle::destroy);
        Keeper.until(java.time.Duration.ofSeconds(5), () -> left.stream().noneMatch(ProcessHandle::isAlive));
        left.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
        Keeper.until(java.time.Duration.ofSeconds(5), () -> left.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static List<ProcessHandle> leftovers(Root root) {
        List<Long> own = new ArrayList<>();
        for (Optional<ProcessHandle> at = Optional.of(ProcessHandle.current());
                at.isPresent();
                at = at.get().parent()) {
            own.add(at.get().pid());
        }
        return ProcessHandle.allProcesses()
                .filter(process -> !own.contains(process.pid()))
                .filter(process -> ours(root, process.pid()))
                .toList();
    }

    private static boolean ours(Root root, long pid) {
        try {
            String command = Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
            String comm = Files.readString(Path.of("/proc/" + pid + "/comm"), StandardCharsets.ISO_8859_1)
                    .strip();
            return command.contains(root.folder() + "/")
                    && ENGINES.stream()
                            .anyMatch(name -> comm.startsWith(name.substring(0, Math.min(COMM, name.length()))));
        } catch (IOException e) {
            return false; // it has ended meanwhile
        }
    }

    /** Unmounts what is mounted below the state root, the innermost first. Refuses to go on where something stays: removing files would reach into it. */
    private static void unmount(Root root) throws IOException {
        for (String mount : mounts(root)) {
            if (!Shell.run("umount", mount).good()) {
                Shell.run("umount", "-l", mount);
            }
        }
        List<String> left = mounts(root);
        if (!left.isEmpty()) {
            throw Trouble.failed(left.getFirst() + " is still mounted, so nothing below " + root.folder()
                    + " was removed; see what uses it (fuser -m), then try again");
        }
    }

    private static List<String> mounts(Root root) throws IOException {
        List<String> mounts = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            String at = line.split(" ", -1)[4].replace("\\040", " ");
            if (at.startsWith(root.folder() + "/")) {
                mounts.add(at);
            }
        }
        mounts.sort(Comparator.comparingInt(String::length).reversed());
        return mounts;
    }

    private static void forget(Surroundings around, String token) {
        Contexts contexts = new Contexts(around);
        contexts.load().contexts().forEach((name, context) -> {
            if (!token.isEmpty() && context.token().equals(token)) {
                contexts.remove(name);
            }
        });
    }
}

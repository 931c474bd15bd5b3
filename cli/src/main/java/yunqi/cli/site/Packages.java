package yunqi.cli.site;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Progress;

/** The Debian packages that a host needs ({@code packages.txt}): which are missing, and installing those. */
final class Packages {
    private static final int UPDATE_SECONDS = 600;
    private static final int INSTALL_SECONDS = 1800; // half a GiB over a slow line
    private static final Path POLICY = Path.of("/usr/sbin/policy-rc.d");
    private static final String POLICY_TEXT =
            "#!/bin/sh\n# Put here by 'yunqi up' while it installs packages: no package starts a service of its own meanwhile.\nexit 101\n";

    private final Surroundings around;
    private final Path list;
    private final Path log;

    Packages(Surroundings around, Path log) {
        this.around = around;
        this.list = around.programFolder().resolve("packages.txt");
        this.log = log;
    }

    /** The names in the file, without what it says about them. */
    static List<String> names(String text) {
        return text.lines()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .toList();
    }

    List<String> missing() {
        List<String> wanted;
        try {
            wanted = names(Files.readString(list));
        } catch (IOException e) {
            throw Trouble.failed(list + " cannot be read; is this checkout complete?");
        }
        List<String> command = new ArrayList<>(List.of("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"));
        command.addAll(wanted);
        Shell.Result found = Shell.run(60, Map.of("LC_ALL", "C"), command);
        if (found.code() == 127) {
            throw Trouble.failed("Yunqi installs what a host needs on Debian 12 or 13; this machine has no dpkg");
        }
        Set<String> installed = new HashSet<>();
        found.output()
                .lines()
                .filter(line -> line.endsWith(" installed"))
                .forEach(line -> installed.add(line.split(" ", -1)[0]));
        return wanted.stream().filter(name -> !installed.contains(name)).toList();
    }

    /** Installs these. */
    void install(List<String> missing, Progress progress) throws IOException {
        boolean ours = Files.notExists(POLICY);
        Thread remove = new Thread(Packages::removePolicy);
        if (ours) {
            Runtime.getRuntime().addShutdownHook(remove); // also when this command is interrupted
            Files.writeString(POLICY, POLICY_TEXT);
            Files.setPosixFilePermissions(POLICY, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        try {
            progress.say("reading the lists of packages");
            String lists = apt(UPDATE_SECONDS, List.of("update"), said -> sentence("update", missing, said));
            progress.say("installing " + missing.size() + " packages");
            List<String> install = new ArrayList<>(List.of("install", "-y", "--no-install-recommends"));
            install.addAll(missing);
            apt(INSTALL_SECONDS, install, said -> unread(lists).orElseGet(() -> sentence("install", missing, said)));
        } finally {
            if (ours) {
                removePolicy();
                Runtime.getRuntime().removeShutdownHook(remove);
            }
        }
    }

    private static void removePolicy() {
        try {
            if (Files.exists(POLICY) && Files.readString(POLICY).equals(POLICY_TEXT)) {
                Files.delete(POLICY);
            }
        } catch (IOException e) {
            // Left there it keeps services from starting at their installation, and says who put it there.
        }
    }

    /** Asks on a terminal whether these may be installed; comes back only if they may. */
    void ask(List<String> missing) throws IOException {
        String line = "These packages are missing: " + String.join(" ", missing);
        if (!around.inputIsTerminal()) {
            throw Trouble.failed(line + "\n  install them, or let 'yunqi up --yes' do it");
        }
        around.err().println(line);
        around.err().print("Install them with apt-get? [Y/n] ");
        around.err().flush();
        String answer = new java.io.BufferedReader(new java.io.InputStreamReader(around.in(), StandardCharsets.UTF_8))
                .readLine();
        if (answer == null
                || !(answer.isBlank()
                        || answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y"))) {
            throw Trouble.failed("not installed, and without them nothing can be started; nothing was changed");
        }
    }

    /** What apt-get said. {@code complaint} makes a sentence of that if it failed. */
    private String apt(int seconds, List<String> words, UnaryOperator<String> complaint) throws IOException {
        List<String> command = new ArrayList<>(List.of("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"));
        command.addAll(words);
        Shell.Result result = Shell.run(seconds, Map.of("DEBIAN_FRONTEND", "noninteractive", "LC_ALL", "C"), command);
        Files.createDirectories(log.toAbsolutePath().getParent());
        Files.writeString(log, result.output());
        if (!result.good()) {
            throw Trouble.failed(complaint.apply(result.output()) + "\n  all that apt-get said is in " + log);
        }
        return result.output();
    }

    /** For apt-get an archive that it cannot reach is only a warning; packages that are missing then are not the fault of their names. */
    static Optional<String> unread(String update) {
        return update.lines()
                .filter(line -> line.startsWith("W: Failed to fetch "))
                .findFirst()
                .map(line -> "the lists of packages cannot be read: " + line.substring(3)
                        + "\n  see that this machine reaches the archives in /etc/apt/sources.list, then try again");
    }

    /** What went wrong, from what apt-get said. */
    static String sentence(String verb, List<String> missing, String output) {
        for (String name : missing) {
            if (output.contains("Unable to locate package " + name + "\n")
                    || output.contains("Package '" + name + "' has no installation candidate")
                    || output.contains("Package " + name + " is not available")) {
                return "the package " + name + " cannot be installed: apt knows no such package"
                        + "\n  Yunqi needs Debian 12 or 13 with its main archive in /etc/apt/sources.list";
            }
        }
        List<String> errors = output.lines()
                .filter(line -> line.startsWith("E: "))
                .map(line -> line.substring(3))
                .toList();
        String said = errors.isEmpty() ? "it does not say why" : errors.getFirst();
        return (verb.equals("update") ? "the lists of packages cannot be read: " : "packages cannot be installed: ")
                + said;
    }
}

package yunqi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code ./yunqi} in a checkout that is pretended to be built: which Java it takes, and what it says where something is missing. */
class ScriptTest {
    private static final Path HOME = Path.of(System.getProperty("yunqi.home", ".."));

    @TempDir
    private Path folder = Path.of("");

    private Path checkout = Path.of("");

    private record Result(int code, String output) {}

    @BeforeEach
    void pretendedCheckout() throws IOException {
        checkout = Files.createDirectories(folder.resolve("checkout"));
        Files.copy(HOME.resolve("yunqi"), checkout.resolve("yunqi"));
        checkout.resolve("yunqi").toFile().setExecutable(true);
        Files.createDirectories(checkout.resolve("dist/lib"));
        Files.writeString(checkout.resolve("dist/lib/yunqi-cli.jar"), "");
        Files.writeString(checkout.resolve("dist/built"), "");
    }

    private Path jdk(String name, String version) throws IOException {
        Path jdk = folder.resolve(name);
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        Path java = jdk.resolve("bin/java");
        Files.writeString(java, "#!/bin/sh\necho \"java of " + name + ": $*\"\n");
        java.toFile().setExecutable(true);
        return jdk;
    }

    private Result run(Path javaHome, Path script, String... words) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("JAVA_HOME", javaHome.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    @Test
    void itTakesTheJdkOfJavaHomeAndPassesTheWordsOn() throws IOException, InterruptedException {
        Result result = run(
                jdk("jdk", "25.0.1"), checkout.resolve("yunqi"), "instance", "exec", "a", "--", "echo", "two words");
        assertThat(result.output())
                .contains("java of jdk: ")
                .contains("yunqi.cli.Main instance exec a -- echo two words");
        assertThat(result.code()).isZero();
    }

    @Test
    void itWorksThroughALink() throws IOException, InterruptedException {
        Path link = Files.createSymbolicLink(folder.resolve("yq"), checkout.resolve("yunqi"));
        assertThat(run(jdk("jdk", "25"), link, "version").output())
                .contains(checkout.resolve("dist/lib/yunqi-cli.jar").toString());
    }

    @Test
    void withoutJdk25ItIsOneSentence() throws IOException, InterruptedException {
        // The places that are looked into are taken out, so that this machine's own JDK does not count.
        Path script = checkout.resolve("yunqi");
        Files.writeString(
                script,
                Files.readString(script)
                        .replace("/usr/lib/jvm/*", "/nowhere/*")
                        .replace("/opt/*jdk*", "/nowhere/*")
                        .replace("command -v java", "command -v java-that-is-nowhere"));
        for (String version : List.of("17.0.15", "21", "250", "2")) {
            Result result = run(jdk("old-" + version, version), script, "version");
            assertThat(result.output())
                    .isEqualTo(
                            "yunqi: no JDK 25 found; install one (for example Temurin 25, https://adoptium.net) or set JAVA_HOME to it\n");
            assertThat(result.code()).isEqualTo(1);
        }
    }
}

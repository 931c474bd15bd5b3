package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.argument.ShellWords;
import yunqi.cli.image.ImageImport;
import yunqi.cli.show.Printer;
import yunqi.cli.show.Progress;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.Name;
import yunqi.core.image.ImageType;
import yunqi.core.image.ImportSpec;
import yunqi.core.project.Project;

/** {@code yunqi image import}. */
@Command(
        name = "import",
        description = "Import a VM's disk (qcow2) or a container's files (.tar.gz) as an image.",
        footer = {
            "",
            "yunqi image import debian.qcow2",
            "yunqi image import https://HOST/debian.qcow2 --sha256 0123… --name debian --min-memory 512MiB"
        })
final class ImageImportVerb extends Verb {
    private static final int GZIP = 0x1f8b;

    @Parameters(paramLabel = "FILE|URL", description = "a file here, or an address that the server fetches it from")
    private String source = "";

    @Option(names = "--sha256", paramLabel = "DIGEST", description = "its SHA-256; needed for a URL")
    private Optional<String> sha256 = Optional.empty();

    @Option(names = "--name", paramLabel = "NAME", description = "the image's name; the file's without it")
    private Optional<String> name = Optional.empty();

    @Option(names = "--type", paramLabel = "vm|container", description = "what it is for; found out without it")
    private Optional<ImageType> type = Optional.empty();

    @Option(names = "--min-memory", paramLabel = "SIZE", description = "what it needs to boot, such as 512MiB")
    private String minMemory = "0";

    @Option(names = "--arch", paramLabel = "ARCH", description = "of which machines it is; amd64 without it")
    private String architecture = "amd64";

    @Option(names = "--agent", description = "its guests run the QEMU guest agent: they are ready when that is")
    private boolean agent;

    @Option(names = "--no-cloud-init", description = "its guests read no cloud-init data")
    private boolean noCloudInit;

    @Option(names = "--description", paramLabel = "TEXT", description = "what it is")
    private String description = "";

    @Option(names = "--command", paramLabel = "LINE", description = "what a container runs, split as a shell does")
    private Optional<String> command = Optional.empty();

    ImageImportVerb(Surroundings around) {
        super(around);
    }

    @Override
    boolean scoped() {
        return true;
    }

    @Override
    String usualProject() {
        return Project.LIBRARY.value();
    }

    @Override
    int run() throws InterruptedException {
        boolean url = source.matches("(?i)https?://.*");
        if (url && sha256.isEmpty()) {
            throw Trouble.usage("--sha256 is needed with a URL: it says which file is meant, wherever it comes from");
        }
        Optional<Digest> expected = sha256.map(ImageImportVerb::digest);
        Name image = new Name(name.orElseGet(this::nameOfFile));
        Optional<Path> file = url ? Optional.empty() : Optional.of(Path.of(source));
        JsonNode made;
        try (Progress progress = new Progress(around());
                Api api = api()) {
            Digest digest = file.map(path -> ImageImport.digest(path, expected, progress))
                    .or(() -> expected)
                    .orElseThrow();
            made = new ImageImport(api, progress, project(), image).run(spec(digest, file), file);
        }
        if (format() == Printer.Format.TABLE) {
            around().out()
                    .println("image " + image + " is in project " + project() + ", "
                            + made.at("/spec/digest").asText());
        } else {
            printer().raw(made);
        }
        return DONE;
    }

    private ImportSpec spec(Digest digest, Optional<Path> file) {
        ImageType what = type.orElseGet(() -> guess(file));
        return new ImportSpec(
                what,
                digest,
                file.isPresent() ? Optional.empty() : Optional.of(source),
                file.map(ImageImportVerb::size),
                Bytes.parse(minMemory),
                architecture,
                agent,
                what == ImageType.VM && !noCloudInit,
                description,
                command.map(ShellWords::split).orElse(List.of()));
    }

    private static Digest digest(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return new Digest(lower.startsWith("sha256:") ? lower : "sha256:" + lower);
    }

    private static Bytes size(Path file) {
        try {
            return new Bytes(Files.size(file));
        } catch (IOException e) {
            throw Trouble.failed(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    /** By how a file begins; by how an address ends. */
    private ImageType guess(Optional<Path> file) {
        if (file.isEmpty()) {
            return source.replaceAll("[?#].*", "").matches("(?i).*\\.(tar\\.gz|tgz)")
                    ? ImageType.CONTAINER
                    : ImageType.VM;
        }
        try (InputStream in = Files.newInputStream(file.get())) {
            return (in.read() << 8 | in.read()) == GZIP ? ImageType.CONTAINER : ImageType.VM;
        } catch (IOException e) {
            throw Trouble.failed(source + " cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private String nameOfFile() {
        String text = source.replaceAll("[?#].*", "")
                .replaceAll(".*/", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("\\.(qcow2|img|tar\\.gz|tgz)$", "")
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
        try {
            return new Name(text).value();
        } catch (BadValue e) {
            throw Trouble.usage("give the image a name: --name NAME");
        }
    }
}

package yunqi.core.image;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;

/**
 * An image that is to be made from one file: a VM's from a qcow2 disk that has a boot loader, a container's from a gzipped tar archive of its files. The file
 * comes from {@code url}, or is sent by whoever asks ({@code size} bytes then); its digest is known before its first byte. {@code command} is a
 * container's; the rest is as in {@link ImageSpec}.
 */
public record ImportSpec(
        ImageType type,
        Digest sha256,
        Optional<String> url,
        Optional<Bytes> size,
        Bytes minMemory,
        String architecture,
        boolean agent,
        boolean cloudInit,
        String description,
        List<String> command) {
    private static final int URL_LIMIT = 2_000; // characters; longer ones are not written by people
    private static final Pattern URL = Pattern.compile(
            "https?://([a-z0-9]([a-z0-9._-]{0,252}[a-z0-9])?|\\[[0-9a-f:.]+])(:[0-9]{1,5})?([/?][!-~&&[^#]]*)?",
            Pattern.CASE_INSENSITIVE);
    private static final int WORDS = 100; // of a command

    public ImportSpec {
        command = List.copyOf(command);
        if (url.isPresent() == size.isPresent()) {
            throw new BadValue("spec.url", "give either url, where the file is, or size, of the file that is sent");
        }
        url.ifPresent(ImportSpec::check);
        if (size.isPresent() && size.get().count() == 0) {
            throw new BadValue("spec.size", "an empty file is no image");
        }
        if (command.size() > WORDS || (type == ImageType.VM && !command.isEmpty())) {
            throw new BadValue("spec.command", "is for containers, and at most " + WORDS + " words");
        }
        if (!architecture.matches("[a-z0-9_]{1,20}")) {
            throw new BadValue("spec.architecture", "'" + architecture + "' is not an architecture: write it as amd64");
        }
        if (description.length() > ImageSpec.DESCRIPTION_LIMIT) {
            throw new BadValue("spec.description", "longer than " + ImageSpec.DESCRIPTION_LIMIT + " characters");
        }
    }

    private static void check(String url) {
        if (url.length() > URL_LIMIT || !URL.matcher(url).matches()) {
            // What stands before an @ would be a name and a password: it would be kept and shown.
            throw new BadValue(
                    "spec.url", "is not an address: write it as https://HOST/FILE, without a name and a password");
        }
    }
}

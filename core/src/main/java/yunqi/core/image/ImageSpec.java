package yunqi.core.image;

import java.util.regex.Pattern;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;

/**
 * An image that has been pushed to the registry: where ({@code repository}, such as {@code library/tiny}), which manifest ({@code digest}), how
 * large all its layers are, the memory it needs to boot, and what a guest made of it does: {@code agent} says that it opens the guest agent's
 * channel once its network is up, {@code cloudInit} that it takes a NoCloud seed.
 */
public record ImageSpec(
        ImageType type,
        String repository,
        Digest digest,
        Bytes size,
        Bytes minMemory,
        String architecture,
        boolean agent,
        boolean cloudInit,
        String description) {
    static final int DESCRIPTION_LIMIT = 1_000; // characters; a line or two in a list
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*");

    public ImageSpec {
        if (repository.length() > 200 || !REPOSITORY.matcher(repository).matches()) {
            throw new BadValue("spec.repository", "'" + repository + "' is not a repository: write it as library/tiny");
        }
        if (!architecture.matches("[a-z0-9_]{1,20}")) {
            throw new BadValue("spec.architecture", "'" + architecture + "' is not an architecture: write it as amd64");
        }
        if (description.length() > DESCRIPTION_LIMIT) {
            throw new BadValue("spec.description", "longer than " + DESCRIPTION_LIMIT + " characters");
        }
    }

    public ImageSpec withSize(Bytes real) {
        return new ImageSpec(type, repository, digest, real, minMemory, architecture, agent, cloudInit, description);
    }

    public ImagePlan plan() {
        return new ImagePlan(type, repository, digest);
    }
}

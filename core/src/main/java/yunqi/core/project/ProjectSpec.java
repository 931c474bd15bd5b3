package yunqi.core.project;

import java.util.Optional;
import yunqi.core.base.BadValue;

/** What an operator wants of a project: {@code description} is free text for people, up to 1,000 characters; without a {@code quota} there is no limit. */
public record ProjectSpec(String description, Optional<Quota> quota) {
    public static final int DESCRIPTION_LIMIT = 1_000;

    public ProjectSpec {
        if (description.length() > DESCRIPTION_LIMIT) {
            throw new BadValue("spec.description", "longer than " + DESCRIPTION_LIMIT + " characters");
        }
    }
}

package yunqi.core.project;

import yunqi.core.base.BadValue;

/** What an operator wants of a project: {@code description} is free text for people, up to 1,000 characters. */
public record ProjectSpec(String description) {
    public static final int DESCRIPTION_LIMIT = 1_000;

    public ProjectSpec {
        if (description.length() > DESCRIPTION_LIMIT) {
            throw new BadValue("spec.description", "longer than " + DESCRIPTION_LIMIT + " characters");
        }
    }
}

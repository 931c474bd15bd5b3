package yunqi.core.project;

import yunqi.core.base.BadValue;
import yunqi.core.base.Name;

/**
 * What an operator wants of a user. An {@code operator} may do everything on the whole site; everybody else has roles in projects ({@link GrantSpec}). A user who is not
 * {@code enabled} can do nothing, whatever tokens there are. {@code description} is free text for people.
 */
public record UserSpec(boolean operator, boolean enabled, String description) {
    public static final int DESCRIPTION_LIMIT = 1_000;

    /** What the holder of the site's first token is called; no user can have this name. */
    public static final Name FIRST = new Name("operator");

    public UserSpec {
        if (description.length() > DESCRIPTION_LIMIT) {
            throw new BadValue("spec.description", "longer than " + DESCRIPTION_LIMIT + " characters");
        }
    }
}

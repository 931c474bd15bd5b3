package yunqi.core.project;

/**
 * What somebody may do in one project, each more than the one before. Operators of the site stand above all of these, in every project.
 */
public enum Role {
    /** Sees everything in the project, changes nothing. */
    VIEWER,
    /** Makes, changes and deletes things, and gets inside instances. */
    MEMBER,
    /** Also says who else has which role. */
    ADMIN;

    /** True if this role is enough where that one is needed. */
    public boolean covers(Role needed) {
        return compareTo(needed) >= 0;
    }

    /** The lesser of two. */
    public static Role least(Role one, Role other) {
        return one.covers(other) ? other : one;
    }
}

package yunqi.core.project;

/** The role that one user, whose name the grant has, holds in one project. */
public record GrantSpec(Role role) {}

package yunqi.server.http;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import yunqi.core.base.BadValue;
import yunqi.core.base.Name;
import yunqi.core.project.Project;
import yunqi.core.project.Role;
import yunqi.server.store.Closest;

/**
 * Decides, in one place, who may do what. A project that the caller has no role in is answered as one that does not exist: in the same words, and without
 * looking whether it does, so that not even the time tells.
 */
final class Admission {
    private final Doorkeeper doorkeeper;

    Admission(Doorkeeper doorkeeper) {
        this.doorkeeper = doorkeeper;
    }

    /**
     * The caller, if he may call this route. Throws {@link Refused} if not: 401 unknown, 403 not enough, 404 not his to know. {@code known} hears who it is, even if he may
     * not.
     */
    Caller admit(Route route, Request request, Consumer<Caller> known) {
        if (route.right() == Right.ANYONE) {
            return Caller.NOBODY;
        }
        Caller caller = doorkeeper.caller(request.header("Authorization").orElse(""));
        known.accept(caller);
        check(route.right(), caller, route.parameters().isEmpty() ? "" : name(route, request));
        return caller;
    }

    /** Asks the same again, at any time: it holds what it needs of the request. Throws {@link Refused} if the caller may not do this any more. */
    Runnable again(Route route, Request request) {
        String authorization = request.header("Authorization").orElse("");
        String name = route.parameters().isEmpty() ? "" : name(route, request);
        return () -> {
            if (route.right() != Right.ANYONE) {
                check(route.right(), doorkeeper.caller(authorization), name);
            }
        };
    }

    /** The same for a tree of paths that is not made of routes. */
    void admit(Mount.Need need, String authorization, Consumer<Caller> known) {
        Caller caller = doorkeeper.caller(authorization);
        known.accept(caller);
        check(need.right(), caller, need.project());
    }

    private static String name(Route route, Request request) {
        return request.parameter(route.parameters().getFirst());
    }

    private static void check(Right right, Caller caller, String name) {
        switch (right) {
            case ANYONE, SIGNED_IN -> {}
            case READER, VIEWER, MEMBER, ADMIN -> inProject(right, caller, project(name));
            case SELF -> self(caller, name);
            case OPERATOR -> {
                if (!caller.operator()) {
                    throw new Refused(403, "operators-only", "only operators of the site may do this", "");
                }
                unlimited(caller);
            }
        }
    }

    private static void inProject(Right right, Caller caller, Name project) {
        if (right == Right.READER && project.equals(Project.LIBRARY)) {
            return;
        }
        Role has = caller.in(project).orElseThrow(() -> noProject(project, seen(caller)));
        Role needed = right.role().orElseThrow();
        if (!has.covers(needed)) {
            throw new Refused(
                    403,
                    "forbidden",
                    "this needs the role " + word(needed) + " in project '" + project + "'; you have " + word(has),
                    "an admin of the project can change that: yunqi project grant " + project + " " + caller.name()
                            + " " + word(needed));
        }
    }

    private static void self(Caller caller, String name) {
        if (!caller.operator() && !caller.name().value().equals(name)) {
            throw Refused.notFound("there is no user '" + new Name(name) + "'", "");
        }
        unlimited(caller);
    }

    private static void unlimited(Caller caller) {
        if (caller.limited()) {
            throw new Refused(
                    403,
                    "limited-token",
                    "the token is for one project or role only, and cannot do this",
                    "use another, or sign in: yunqi login");
        }
    }

    private static Name project(String name) {
        try {
            return new Name(name);
        } catch (BadValue bad) {
            throw new BadValue(
                    "project",
                    String.valueOf(bad.getMessage()).substring(bad.field().length() + 2));
        }
    }

    /** What is said of a project that is not there, or that the caller has no role in. {@code known} are those that he may know of. */
    static Refused noProject(Name project, List<Name> known) {
        List<Name> others = known.stream().filter(name -> !name.equals(project)).toList();
        return Refused.notFound(
                "there is no project '" + project + "'" + Closest.hint(project, others),
                "'yunqi project list' shows all that you may see");
    }

    /** The projects that the caller may know of, if they are not all. */
    static List<Name> seen(Caller caller) {
        return List.copyOf(caller.roles().keySet());
    }

    private static String word(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}

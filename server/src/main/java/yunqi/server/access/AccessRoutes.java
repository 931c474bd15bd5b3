package yunqi.server.access;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.project.Role;
import yunqi.core.wire.Api;
import yunqi.core.wire.Link;
import yunqi.server.agents.Joins;
import yunqi.server.http.Call;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Reply;
import yunqi.server.http.Right;
import yunqi.server.http.Route;
import yunqi.server.project.UserTable;
import yunqi.server.store.Row;

/** Signing in and out, tokens, passwords; and letting hosts join. */
public final class AccessRoutes {
    private static final String TOKENS = "/v1/users/{name}/tokens";

    private final Access access;
    private final Joins joins;

    public AccessRoutes(Access access, Joins joins) {
        this.access = access;
        this.joins = joins;
    }

    public List<Route> routes() {
        return List.of(
                Route.post(
                                Right.OPERATOR,
                                "/v1/join-tokens",
                                "Makes a token that lets one host join, once, within an hour",
                                _ -> Reply.json(201, access.tokens().join()))
                        .gives(201, Api.JoinToken.class),
                // The token in the body is the right to do this: a host has no other yet.
                Route.post(
                                Right.ANYONE,
                                "/v1/join",
                                "Lets a host in for a one-time token: gives it its certificate",
                                this::join)
                        .takes(Link.JoinRequest.class)
                        .gives(200, Link.JoinReply.class),
                Route.post(Right.ANYONE, "/v1/login", "Signs in: gives a token for 12 hours", this::login)
                        .takes(Api.Login.class)
                        .gives(201, Api.NewToken.class),
                Route.post(Right.SIGNED_IN, "/v1/logout", "Takes back the token that is sent", this::logout)
                        .gives(200, Api.Me.class),
                Route.get(Right.SIGNED_IN, "/v1/me", "Who the caller is, and what he may do", this::me)
                        .gives(200, Api.Me.class),
                Route.get(Right.SELF, TOKENS, "Lists a user's tokens", this::list)
                        .recordedAlways()
                        .gives(200, Api.Tokens.class),
                Route.post(Right.SELF, TOKENS, "Makes a token, told this once", this::make)
                        .takes(Api.TokenWish.class)
                        .gives(201, Api.NewToken.class),
                Route.delete(Right.SELF, TOKENS + "/{token}", "Takes a token back", this::revoke)
                        .gives(200, Api.Tokens.class),
                Route.post(Right.SELF, "/v1/users/{name}/password", "Sets a user's password", this::password)
                        .takes(Api.NewPassword.class)
                        .gives(200, Api.Tokens.class));
    }

    private Reply join(Call call) throws IOException {
        Link.JoinRequest request = call.read(Link.JoinRequest.class);
        return switch (joins.join(request)) {
            case Joins.Outcome.Joined(Link.JoinReply reply) -> {
                call.about(request.name().value());
                yield Reply.ok(reply);
            }
            case Joins.Outcome.Refused(String code, String message) ->
                throw new Refused(code.equals("bad-token") ? 401 : 409, code, message, "");
        };
    }

    private Reply login(Call call) throws IOException, InterruptedException {
        Api.Login login = call.read(Api.Login.class);
        // A name that is no user's may be a password in the wrong place.
        access.store()
                .find(UserTable.KIND, Optional.empty(), login.user())
                .ifPresent(user -> call.about(user.meta().name().value()));
        return Reply.json(201, access.logins().login(login, call.from()));
    }

    /** The site's first token cannot be taken back so: nobody could sign in any more. */
    private Reply logout(Call call) {
        UUID token = call.caller()
                .token()
                .map(Caller.Token::id)
                .filter(_ -> call.caller().user().isPresent())
                .orElseThrow(() -> Refused.conflict(
                        "first-token", "the site's first token stays", "it is in ROOT/server/operator-token"));
        access.tokens().revoke(token);
        return me(call);
    }

    private Reply me(Call call) {
        Caller caller = call.caller();
        SortedMap<String, Role> roles = new TreeMap<>();
        for (Map.Entry<Name, Role> role : caller.roles().entrySet()) {
            roles.put(role.getKey().value(), role.getValue());
        }
        return Reply.ok(new Api.Me(caller.name(), caller.operator(), caller.limited(), roles));
    }

    private Reply list(Call call) {
        return Reply.ok(access.tokens().list(user(call)));
    }

    private Reply make(Call call) throws IOException {
        Row user = user(call);
        Api.TokenWish wish = call.read(Api.TokenWish.class);
        call.about(user.meta().name() + "/" + wish.name());
        return Reply.json(201, access.tokens().make(user, wish));
    }

    private Reply revoke(Call call) {
        Row user = user(call);
        access.tokens().revoke(user, call.name("token").value());
        return Reply.ok(access.tokens().list(user));
    }

    private Reply password(Call call) throws IOException, InterruptedException {
        Row user = user(call);
        boolean own = call.caller().user().equals(Optional.of(user.id()));
        access.logins()
                .change(
                        user,
                        call.read(Api.NewPassword.class),
                        own ? Optional.of(call.from()) : Optional.empty(),
                        call.caller().token().map(Caller.Token::id));
        return Reply.ok(access.tokens().list(user));
    }

    private Row user(Call call) {
        Name name = call.name("name");
        return access.store()
                .find(UserTable.KIND, Optional.empty(), name)
                .filter(row -> row.meta().wanted())
                .orElseThrow(() -> Refused.notFound("there is no user '" + name + "'", "'yunqi user list' shows all"));
    }
}

package yunqi.server.access;

import java.io.IOException;
import java.util.List;
import yunqi.core.wire.Api;
import yunqi.core.wire.Link;
import yunqi.server.agents.Joins;
import yunqi.server.http.Call;
import yunqi.server.http.Refused;
import yunqi.server.http.Reply;
import yunqi.server.http.Route;

/** Making tokens, and joining with one. */
public final class AccessRoutes {
    private final Tokens tokens;
    private final Joins joins;

    public AccessRoutes(Tokens tokens, Joins joins) {
        this.tokens = tokens;
        this.joins = joins;
    }

    public List<Route> routes() {
        return List.of(
                Route.post(
                                "/v1/join-tokens",
                                "Makes a token that lets one host join, once, within an hour",
                                this::token)
                        .gives(201, Api.JoinToken.class),
                // The token in the body is the right to do this: a host has no other yet.
                Route.post("/v1/join", "Lets a host in for a one-time token: gives it its certificate", this::join)
                        .open()
                        .takes(Link.JoinRequest.class)
                        .gives(200, Link.JoinReply.class));
    }

    private Reply token(Call call) {
        return Reply.json(201, tokens.join());
    }

    private Reply join(Call call) throws IOException {
        return switch (joins.join(call.read(Link.JoinRequest.class))) {
            case Joins.Outcome.Joined(Link.JoinReply reply) -> Reply.ok(reply);
            case Joins.Outcome.Refused(String code, String message) ->
                throw new Refused(code.equals("bad-token") ? 401 : 409, code, message, "");
        };
    }
}

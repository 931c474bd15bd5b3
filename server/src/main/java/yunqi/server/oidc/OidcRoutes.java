package yunqi.server.oidc;

import java.io.IOException;
import java.util.List;
import yunqi.core.base.Clock;
import yunqi.core.wire.Api;
import yunqi.core.wire.Sso;
import yunqi.server.access.Access;
import yunqi.server.http.Call;
import yunqi.server.http.Reply;
import yunqi.server.http.Right;
import yunqi.server.http.Route;
import yunqi.server.store.Store;

/** The provider, and signing in through it. */
public final class OidcRoutes {
    private static final String PROVIDER = "/v1/oidc";

    private final ProviderSettings settings;
    private final SignIns signIns;

    public OidcRoutes(Store store, Clock clock, Access access, Seal seal) {
        this.settings = new ProviderSettings(store, clock, seal);
        this.signIns = new SignIns(settings, access, new People(store, clock), clock, seal);
    }

    public List<Route> routes() {
        return List.of(
                Route.get(
                                Right.OPERATOR,
                                PROVIDER,
                                "Shows the OpenID provider, without its secret",
                                _ -> Reply.ok(settings.show()))
                        .gives(200, Sso.OidcProviderShown.class),
                Route.put(
                                Right.OPERATOR,
                                PROVIDER,
                                "Sets the OpenID provider through which people may sign in",
                                call -> Reply.ok(settings.set(call.read(Sso.OidcProvider.class))))
                        .takes(Sso.OidcProvider.class)
                        .gives(200, Sso.OidcProviderShown.class),
                Route.delete(
                                Right.OPERATOR,
                                PROVIDER,
                                "Lets nobody sign in through the OpenID provider any more",
                                _ -> Reply.ok(settings.remove()))
                        .gives(200, Sso.OidcProviderShown.class),
                Route.post(
                                Right.ANYONE,
                                "/v1/login/oidc",
                                "Begins to sign in through the OpenID provider",
                                call -> Reply.json(201, signIns.begin(call.read(Sso.SsoWish.class), call.from())))
                        .takes(Sso.SsoWish.class)
                        .gives(201, Sso.SsoBegun.class),
                // The sealed flow and the provider's code in the body are the right to do this.
                Route.post(
                                Right.ANYONE,
                                "/v1/login/oidc/finish",
                                "Signs in with what came back from the OpenID provider: gives a token",
                                this::finish)
                        .takes(Sso.SsoAnswer.class)
                        .gives(201, Api.NewToken.class));
    }

    private Reply finish(Call call) throws IOException, InterruptedException {
        Api.NewToken token = signIns.finish(call.read(Sso.SsoAnswer.class), call.from());
        call.about(token.user().value());
        return Reply.json(201, token);
    }
}

package yunqi.server.site;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import yunqi.core.base.Clock;
import yunqi.core.wire.Api;
import yunqi.server.http.Call;
import yunqi.server.http.Measures;
import yunqi.server.http.OpenApi;
import yunqi.server.http.Reply;
import yunqi.server.http.Right;
import yunqi.server.http.Route;
import yunqi.server.store.Store;

/** What is about the whole site: which version it is, whether it is well, its figures, and the description of the API. */
public final class SiteRoutes {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final Store store;
    private final Figures figures;
    private final Measures measures;
    private final Api.Version version;

    /** Whether the server can do its work. */
    private record Health(String state) {}

    public SiteRoutes(Store store, Clock clock, Measures measures, Api.Version version) {
        this.store = store;
        this.figures = new Figures(store, clock);
        this.measures = measures;
        this.version = version;
    }

    /** These and, described by {@code /v1/openapi.json}, all the others. */
    public List<Route> with(List<Route> others, List<Route.Socket> sockets) {
        List<Route> all = new ArrayList<>(List.of(
                Route.get(Right.ANYONE, "/v1/version", "Which version this is", _ -> Reply.ok(version))
                        .gives(200, Api.Version.class),
                Route.get(
                                Right.ANYONE,
                                "/healthz",
                                "Answers 200 while the server and its database are well",
                                this::health)
                        .gives(200, Health.class),
                Route.get(Right.OPERATOR, "/metrics", "Figures for Prometheus", this::metrics)
                        .givesText(PROMETHEUS)));
        JsonNode[] description = new JsonNode[1];
        all.add(Route.get(Right.ANYONE, "/v1/openapi.json", "This description", _ -> Reply.ok(description[0]))
                .gives(200, Object.class));
        all.addAll(others);
        description[0] = OpenApi.of(all, sockets, version.version());
        return List.copyOf(all);
    }

    private Reply health(Call call) {
        store.version(); // throws StoreUnavailable, which is the answer then
        return Reply.ok(new Health("ok"));
    }

    private Reply metrics(Call call) {
        StringBuilder text = new StringBuilder();
        measures.print(text);
        text.append(figures.print());
        return Reply.text(PROMETHEUS, text.toString());
    }
}

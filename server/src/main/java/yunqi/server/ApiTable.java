package yunqi.server;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import yunqi.core.base.Clock;
import yunqi.core.image.ImageInspector;
import yunqi.core.image.ImageIntake;
import yunqi.core.image.ImageLimits;
import yunqi.core.wire.Api;
import yunqi.server.access.Access;
import yunqi.server.access.AccessRoutes;
import yunqi.server.agents.Joins;
import yunqi.server.host.HostRoutes;
import yunqi.server.http.Declarations;
import yunqi.server.http.Http;
import yunqi.server.http.Route;
import yunqi.server.image.FlavorRoutes;
import yunqi.server.image.ImageRoutes;
import yunqi.server.image.ImportRoutes;
import yunqi.server.image.RegistryGate;
import yunqi.server.image.Relay;
import yunqi.server.instance.InstanceRoutes;
import yunqi.server.instance.InstanceUses;
import yunqi.server.network.NetworkRoutes;
import yunqi.server.oidc.OidcRoutes;
import yunqi.server.oidc.Seal;
import yunqi.server.project.GrantRoutes;
import yunqi.server.project.ProjectRoutes;
import yunqi.server.project.UserRoutes;
import yunqi.server.site.AuditRoutes;
import yunqi.server.site.OrphanRoutes;
import yunqi.server.site.SiteRoutes;
import yunqi.server.store.Store;
import yunqi.server.streams.Streams;

/** Everything that the API serves, kind by kind. To add a kind is one line here. */
public final class ApiTable {
    private ApiTable() {}

    /** What the routes are made from. */
    public record Parts(
            Store store, Clock clock, Streams streams, Access access, Joins joins, Http.Books books, Seal seal) {
        /** What is sealed is forgotten when the process ends. */
        public Parts(Store store, Clock clock, Streams streams, Access access, Joins joins, Http.Books books) {
            this(store, clock, streams, access, joins, books, Seal.fresh());
        }
    }

    /** What images go through on their way in. */
    public record Images(ImageInspector inspector, ImageIntake intake, ImageLimits limits) {}

    /** Projects, which are made with a first network in them. */
    public static ProjectRoutes projects(Store store, Clock clock) {
        return new ProjectRoutes(store, clock, NetworkRoutes::first);
    }

    /** What can be done with things of every kind: all that users and operators ask for but tokens, joining and the site's own state. */
    public static List<Route> kinds(Store store, Clock clock, Images images, InstanceRoutes instances) {
        InstanceUses uses = new InstanceUses(store);
        List<Route> routes = new ArrayList<>();
        routes.addAll(new Declarations<>(store, clock, projects(store, clock)).routes());
        routes.addAll(new Declarations<>(store, clock, new UserRoutes(store, clock)).routes());
        routes.addAll(new Declarations<>(store, clock, new GrantRoutes(store, clock)).routes());
        routes.addAll(new Declarations<>(store, clock, new HostRoutes(store, clock)).routes());
        routes.addAll(new Declarations<>(store, clock, new FlavorRoutes(clock, uses::flavor)).routes());
        routes.addAll(new Declarations<>(store, clock, new ImageRoutes(clock, images.inspector, uses::image)).routes());
        routes.addAll(new ImportRoutes(store, clock, images.intake, images.limits).routes());
        routes.addAll(new Declarations<>(store, clock, new NetworkRoutes(store, clock, uses::network)).routes());
        routes.addAll(instances.routes());
        return routes;
    }

    public static Http.Table of(Parts parts, Images images, Api.Version version, URI registry) {
        Store store = parts.store;
        Clock clock = parts.clock;
        InstanceRoutes instances = new InstanceRoutes(store, clock, parts.streams);
        List<Route> routes = kinds(store, clock, images, instances);
        routes.addAll(new OrphanRoutes(store, clock).routes());
        routes.addAll(new AccessRoutes(parts.access, parts.joins).routes());
        routes.addAll(new OidcRoutes(store, clock, parts.access, parts.seal).routes());
        routes.addAll(new AuditRoutes(store, parts.books.audit().kept()).routes());
        List<Route.Socket> sockets = List.of(instances.socket());
        return new Http.Table(
                new SiteRoutes(store, clock, parts.books.measures(), version).with(routes, sockets),
                sockets,
                List.of(new Relay(registry).at("/v2/", new RegistryGate())));
    }
}

package yunqi.server;

import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageLimits;
import yunqi.core.network.NetworkDriver;
import yunqi.core.wire.Api;
import yunqi.core.wire.Link;
import yunqi.core.wire.Release;
import yunqi.drivers.fake.FakeIntake;
import yunqi.drivers.fake.FakeNetworks;
import yunqi.drivers.fake.Faults;
import yunqi.drivers.ovn.OvnNetworks;
import yunqi.drivers.ovn.Ovsdb;
import yunqi.drivers.registry.HttpImageSource;
import yunqi.drivers.registry.RegistryInspector;
import yunqi.drivers.registry.RegistryIntake;
import yunqi.drivers.registry.RegistryPush;
import yunqi.drivers.registry.RegistrySweep;
import yunqi.drivers.web.Reachable;
import yunqi.drivers.web.WebFetch;
import yunqi.server.access.Access;
import yunqi.server.agents.HostLink;
import yunqi.server.agents.Joins;
import yunqi.server.agents.LinkServer;
import yunqi.server.agents.PretendedHosts;
import yunqi.server.audit.AuditTrail;
import yunqi.server.audit.EraNotes;
import yunqi.server.control.Control;
import yunqi.server.control.Decided;
import yunqi.server.control.HostWork;
import yunqi.server.control.ImageWork;
import yunqi.server.control.ImportWork;
import yunqi.server.control.InstanceWork;
import yunqi.server.control.NetworkWork;
import yunqi.server.control.OrphanWork;
import yunqi.server.http.Http;
import yunqi.server.http.Measures;
import yunqi.server.instance.Charges;
import yunqi.server.oidc.Seal;
import yunqi.server.site.Database;
import yunqi.server.site.FirstStart;
import yunqi.server.site.Silence;
import yunqi.server.site.SiteDaemons;
import yunqi.server.store.NameCache;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresSchema;
import yunqi.server.store.PostgresSettings;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;
import yunqi.server.streams.Streams;
import yunqi.server.tls.Authority;

/**
 * The server's process: {@code yunqi.server.Main [run|migrate|down] --config FILE}. {@code run} (or nothing) serves until SIGTERM and leaves the site's daemons running;
 * {@code migrate} brings the database to this release and no more, also while a server of the release before serves; {@code down} ends the daemons, after the server itself has ended. Exit codes: 0 done, 1 failed (one sentence on standard error says why), 2 wrong usage.
 */
public final class Main {
    private static final String API = "v1";
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final String USAGE = "usage: yunqi.server.Main [run|migrate|down] --config FILE";
    private static final Duration GRACE = Duration.ofSeconds(20); // PostgreSQL writes all it has to disk
    private static final Duration ENGINE = Duration.ofSeconds(10); // for an answer of OVN's northbound

    private Main() {}

    public static void main(String[] args) {
        List<String> words = List.of(args);
        int option = words.indexOf("--config");
        String verb = option == 1 ? words.getFirst() : "run";
        if (option < 0
                || option > 1
                || words.size() != option + 2
                || !List.of("run", "migrate", "down").contains(verb)) {
            System.err.println(USAGE);
            System.exit(2);
        }
        try {
            Config config = Config.load(Path.of(words.get(option + 1)));
            switch (verb) {
                case "down" -> down(config);
                case "migrate" -> migrate(config);
                default -> serveUntilAsked(config);
            }
        } catch (BadValue | IOException | EngineException | StoreUnavailable e) {
            System.err.println("yunqi server: " + e.getMessage());
            System.exit(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.exit(0);
    }

    private static void serveUntilAsked(Config config) throws IOException, EngineException, InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = Thread.ofPlatform().unstarted(() -> {
            asked.countDown();
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try (FileChannel _ = alone(config.folder())) {
            serve(config, Instant::now, asked);
        } finally {
            ended.countDown();
        }
    }

    /** The whole server, top to bottom; what is opened first is closed last. */
    private static void serve(Config config, Clock clock, CountDownLatch asked)
            throws IOException, EngineException, InterruptedException {
        boolean real = config.simulated() == 0;
        SiteDaemons.Place site = place(config);
        Authority authority = Authority.open(config.folder().resolve("ca"), clock);
        List<String> names = config.certificateNames();
        try (Database database = database(config, clock);
                Streams streams = new Streams();
                AuditTrail audit = AuditTrail.open(database.audit(), clock, named(authority));
                EraNotes _ = EraNotes.open(database.store(), database.audit(), clock, named(authority));
                SiteDaemons daemons = new SiteDaemons(site, authority);
                Ovsdb northbound = new Ovsdb(site.northbound(), ENGINE)) {
            Store store = new NameCache(database.store(), clock);
            new Silence(config.folder()).beforeStart(store);
            FirstStart.of(store, ApiTable.projects(store, clock), clock);
            if (!real) {
                FirstStart.pretendedImages(store, clock);
            }
            Charges.settle(store);
            Access access = new Access(store, clock, config.access());
            access.tokens().first(config.folder().resolve("operator-token"));
            Seal seal = Seal.open(config.folder().resolve("seal.key"));

            HostLink hosts = new HostLink(store, clock);
            NetworkDriver networks = real ? new OvnNetworks(northbound) : new FakeNetworks(Faults.NONE);
            Decided decided = new Decided();
            InstanceWork instances = new InstanceWork(store, decided);
            Http.Books books = new Http.Books(new Measures(), audit);
            Joins joins = new Joins(store, authority, hosts, site(config), clock);
            HttpClient registry = registryClient();
            ApiTable.Images images = real ? images(config, site.registryAddress(), registry) : pretendedImages();
            Http.Table table = ApiTable.of(
                    new ApiTable.Parts(store, clock, streams, access, joins, books, seal),
                    images,
                    new Api.Version(Release.OURS.version(), API, !real, authority.fingerprint()),
                    site.registryAddress());
            if (real) {
                daemons.start();
            }
            try (LinkServer _ = link(config, authority, store, hosts, streams, clock);
                    Http http = new Http(
                            new Http.Listen(config.listen(), config.ports().api(), authority.api(names)),
                            table,
                            access,
                            books);
                    ImportWork imports = new ImportWork(store, images.intake());
                    ImageWork shelves = new ImageWork(
                            store,
                            real
                                    ? new RegistrySweep(config.root(), site.registryAddress(), registry, clock)
                                    : new FakeIntake(Faults.NONE));
                    PretendedHosts pretended = new PretendedHosts(store, hosts, clock);
                    Control control = new Control(
                            store,
                            clock,
                            named(authority),
                            List.of(
                                    instances,
                                    shelves,
                                    imports,
                                    new NetworkWork(store, decided, networks),
                                    new HostWork(store, decided, instances),
                                    new OrphanWork(store, decided)))) {
                http.start();
                control.start();
                pretended.start(config.simulated());
                LOG.info("the API answers at https://{}:{}", config.address(), http.port());
                asked.await();
                LOG.info("asked to end; the site's daemons run on");
            }
        }
    }

    /** The same after a restart, so that a server takes up what was its own. */
    private static String named(Authority authority) {
        return "server-" + authority.fingerprint();
    }

    private static HttpClient registryClient() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(ENGINE)
                .build();
    }

    private static ApiTable.Images images(Config config, URI registry, HttpClient client) {
        ImageLimits limits = config.images().limits();
        WebFetch web = new WebFetch(
                new Reachable(config.images().fetchFrom()), bytes -> RegistryIntake.requireRoom(config.root(), bytes));
        return new ApiTable.Images(
                new RegistryInspector(config.root(), new HttpImageSource(registry, client, Map.of()), limits),
                new RegistryIntake(config.root(), new RegistryPush(registry, client, Map.of()), web::fetch, limits),
                limits);
    }

    private static ApiTable.Images pretendedImages() {
        FakeIntake intake = new FakeIntake(Faults.NONE);
        return new ApiTable.Images(intake, intake, ImageLimits.USUAL);
    }

    private static void down(Config config) throws IOException, EngineException {
        try (FileChannel _ = alone(config.folder())) {
            new Silence(config.folder()).down();
            if (config.simulated() == 0) {
                SiteDaemons.stop(place(config));
            }
            if (config.database() instanceof Config.Database.Embedded) {
                new PostgresProcess(config.root(), config.ports().database()).stop(GRACE);
            }
        }
    }

    private static void migrate(Config config) throws EngineException {
        switch (config.database()) {
            case Config.Database.Embedded() ->
                PostgresSchema.migrate(
                        new PostgresProcess(config.root(), config.ports().database()).start());
            case Config.Database.External(String url, String user, String password) ->
                PostgresSchema.migrate(PostgresSettings.of(url, user, password));
            case Config.Database.Memory() -> LOG.info("what is in memory needs no migration");
        }
    }

    private static Database database(Config config, Clock clock) throws EngineException {
        return switch (config.database()) {
            case Config.Database.Embedded() ->
                Database.embedded(
                        new PostgresProcess(config.root(), config.ports().database()), clock);
            case Config.Database.External(String url, String user, String password) ->
                Database.external(url, user, password, clock);
            case Config.Database.Memory() -> Database.memory(clock);
        };
    }

    private static LinkServer link(
            Config config, Authority authority, Store store, HostLink hosts, Streams streams, Clock clock)
            throws IOException {
        URI registry = place(config).registryAddress();
        try {
            return new LinkServer(
                    new LinkServer.Place(config.listen(), config.ports().link(), config.certificateNames(), registry),
                    authority,
                    store,
                    hosts,
                    streams,
                    new LinkServer.Self(Release.OURS, clock));
        } catch (JavalinBindException e) {
            throw new IOException(
                    "the link to hosts cannot listen on " + config.listen() + ":"
                            + config.ports().link()
                            + ": is the port taken? Set another as ports.link in server.json",
                    e);
        }
    }

    private static SiteDaemons.Place place(Config config) {
        return new SiteDaemons.Place(
                config.root(),
                config.listen(),
                config.ports().southbound(),
                config.ports().registry(),
                config.certificateNames());
    }

    private static Link.Site site(Config config) {
        return new Link.Site(
                "https://" + config.address() + ":" + config.ports().link(),
                config.simulated() > 0
                        ? ""
                        : "ssl:" + config.address() + ":" + config.ports().southbound());
    }

    /**
     * Makes sure that this is the only server of its state root, as long as the channel is open; the kernel lets go of the lock however we end. That is
     * why a server started again may take up its own lease at once.
     */
    private static FileChannel alone(Path folder) throws IOException {
        Files.createDirectories(folder);
        FileChannel channel =
                FileChannel.open(folder.resolve("server.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            LOG.debug("locked by this very process", e);
        }
        channel.close();
        throw new IOException("a server runs already in " + folder + ": 'yunqi status' shows it");
    }
}

package yunqi.agent;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.agent.control.HostRunner;
import yunqi.agent.engines.EnginesOfHost;
import yunqi.agent.engines.Offline;
import yunqi.agent.engines.Tunnel;
import yunqi.agent.facts.Facts;
import yunqi.agent.facts.KvmOnce;
import yunqi.agent.link.Farewell;
import yunqi.agent.link.HttpServerLink;
import yunqi.agent.link.Identity;
import yunqi.agent.link.Join;
import yunqi.agent.link.LinkImageSource;
import yunqi.agent.link.Sessions;
import yunqi.agent.link.StreamsLink;
import yunqi.agent.state.Boots;
import yunqi.agent.state.FileMemories;
import yunqi.core.base.BadValue;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageSource;
import yunqi.drivers.libvirt.KvmProbe;

/** {@code run|join|down|purge --config FILE}. Exit codes: 0 done, 1 failed (with one sentence), 2 wrong usage. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final Duration RENEW = Duration.ofHours(1); // a look at a date; renewal is due every two months
    private static final Duration LOCK = Duration.ofSeconds(20); // another agent is just ending

    private Main() {}

    public static void main(String[] words) {
        System.exit(run(words, System.err));
    }

    private static int run(String[] words, PrintStream errors) {
        if (words.length != 3 || !words[1].equals("--config")) {
            errors.println("usage: run|join|down|purge --config FILE");
            return 2;
        }
        try {
            Config config = Config.load(Path.of(words[2]), hostname());
            switch (words[0]) {
                case "run" -> serve(config);
                case "join" -> join(config);
                case "down" -> alone(config, () -> down(config));
                case "purge" -> alone(config, () -> new Offline(config.root()).purge());
                default -> {
                    errors.println("'" + words[0] + "' is none of run, join, down, purge");
                    return 2;
                }
            }
            return 0;
        } catch (BadValue e) {
            errors.println(words[2] + ": " + e.getMessage());
            return 1;
        } catch (EngineException | IOException e) {
            errors.println(
                    e instanceof java.nio.file.NoSuchFileException ? "there is no " + e.getMessage() : e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static void join(Config config) throws EngineException, IOException {
        Identity identity = new Identity(config.folder().resolve("identity"));
        if (identity.joined().isEmpty()) {
            Join.Invitation invitation = config.invitation()
                    .orElseThrow(
                            () -> new BadValue("server", "is missing: a host joins with server, token, authority"));
            Join.join(identity, invitation, config.name());
        }
        Identity.Joined joined = identity.joined().orElseThrow();
        LOG.info(
                "joined as {} ({}); the link is at {}",
                joined.name(),
                joined.host(),
                joined.site().link());
    }

    private static void serve(Config config) throws EngineException, IOException, InterruptedException {
        LOG.info("agent of {}; {}", config.root(), config);
        Identity identity = new Identity(config.folder().resolve("identity"));
        Identity.Joined joined = identity.joined()
                .orElseThrow(() -> new BadValue("root", config.root() + " has not joined a site; run 'join' first"));
        URI server = config.link().orElseGet(() -> URI.create(joined.site().link()));
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        try (Alone _ = Alone.take(config.run())) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(end, ended), "end"));
            try (HttpServerLink link = new HttpServerLink(server, identity)) {
                KvmOnce kvm = new KvmOnce(config.folder().resolve("kvm.json"), () -> KvmProbe.probe(config.run()));
                EnginesOfHost.Here here = new EnginesOfHost.Here(
                        config.root(),
                        identity,
                        joined,
                        config.address().orElseGet(() -> Tunnel.address(server.getHost())),
                        kvm);
                ImageSource images = new LinkImageSource(link);
                try (EnginesOfHost engines = new EnginesOfHost(here, images);
                        Machine machine = new Machine(config.root(), kvm, engines::seen);
                        HostRunner _ = new HostRunner(
                                joined.host(),
                                new Boots(config.folder()).current(Facts.bootId()),
                                engines.drivers(),
                                FileMemories.open(config.folder().resolve("memory")),
                                link,
                                machine);
                        StreamsLink _ = new StreamsLink(
                                link, new Sessions(engines.drivers().instances()))) {
                    LOG.info("serves host {} ({}) at {}", joined.name(), joined.host(), server);
                    renewUntil(end, link);
                }
            }
        } finally {
            ended.countDown();
        }
    }

    private static void down(Config config) throws EngineException, IOException {
        Boots boots = new Boots(config.folder());
        boots.next();
        Identity identity = new Identity(config.folder().resolve("identity"));
        Optional<Identity.Joined> joined = identity.joined();
        if (joined.isPresent()) {
            URI server =
                    config.link().orElseGet(() -> URI.create(joined.get().site().link()));
            long epoch = FileMemories.open(config.folder().resolve("memory")).hostEpoch();
            Farewell.say(server, identity, epoch, boots.current(Facts.bootId()));
        }
        new Offline(config.root()).down();
    }

    private static void renewUntil(CountDownLatch end, HttpServerLink link) throws InterruptedException {
        do {
            try {
                if (link.renew(Instant.now())) {
                    LOG.info("the certificate was renewed");
                }
            } catch (EngineException e) {
                LOG.warn("{}; tried again in {} minutes", e.getMessage(), RENEW.toMinutes());
            }
        } while (!end.await(RENEW.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS));
    }

    private static void stop(CountDownLatch end, CountDownLatch ended) {
        end.countDown();
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String hostname() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "host";
        }
    }

    /** Work that must not meet a running agent. */
    private interface Work {
        void run() throws EngineException, IOException;
    }

    private static void alone(Config config, Work work) throws EngineException, IOException, InterruptedException {
        try (Alone _ = Alone.take(config.run())) {
            work.run();
        }
    }

    /** The right to be the one agent of a state root; it ends with the process. */
    private record Alone(FileChannel channel, FileLock lock) implements AutoCloseable {
        static Alone take(Path run) throws IOException, EngineException, InterruptedException {
            Files.createDirectories(run);
            FileChannel channel =
                    FileChannel.open(run.resolve("agent.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            long end = System.nanoTime() + LOCK.toNanos();
            while (true) {
                @Nullable FileLock lock = channel.tryLock();
                if (lock != null) {
                    return new Alone(channel, lock);
                }
                if (System.nanoTime() > end) {
                    channel.close();
                    throw new EngineException(
                            EngineException.Kind.BUSY, "another agent works in this state root; stop it first");
                }
                Thread.sleep(50);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}

package yunqi.core.wire;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSeen;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceSeen;

/** What server and agents say to each other. Fields are only ever added: an agent one version behind must work. */
public final class Link {
    private Link() {}

    /** {@code POST /v1/join} on the API's address: a one-time token, the wished host name, and a PEM certificate request (PKCS#10). */
    public record JoinRequest(String token, Name name, String certificateRequest) {}

    /** The host's identity and certificate (PEM), the authority's (PEM), and where the link and the site's engines are. */
    public record JoinReply(HostId host, Name name, String certificate, String authority, Site site) {}

    /** {@code POST /v1/link/certificate}: a host that still has a good certificate asks for its next. */
    public record CertificateRequest(String certificateRequest) {}

    /** The next certificate, and the authority's (PEM). */
    public record CertificateReply(String certificate, String authority) {}

    /** Where a host finds the site. {@code link} is such as {@code https://10.0.0.1:7444}; {@code southbound} is OVN's, such as {@code ssl:10.0.0.1:7445}; empty when simulated. */
    public record Site(String link, String southbound) {}

    /**
     * {@code GET /v1/link/assignments?after=version}: what this host should run. {@code full} says that {@code assignments} is everything; otherwise it is what
     * changed, and {@code gone} what is no longer assigned here (nothing is to be done about those: their removal was confirmed, or they are another host's). Of {@code kept}
     * nothing is said now: the host goes on with what it was told of them before, and begins nothing that it was not told. That is so after the database went back to an
     * older state, until it is known what hosts hold.
     */
    public record Assignments(
            long version,
            long hostEpoch,
            boolean full,
            List<Assignment> assignments,
            List<UUID> gone,
            Optional<List<UUID>> kept) {
        /** Without any that is kept. */
        public Assignments(long version, long hostEpoch, boolean full, List<Assignment> assignments, List<UUID> gone) {
            this(version, hostEpoch, full, assignments, gone, Optional.empty());
        }

        /** Those of which nothing is said now. */
        public List<UUID> silent() {
            return kept.orElse(List.of());
        }
    }

    /**
     * {@code POST /v1/link/observations}: what this host sees. {@code full} says that {@code seen} is everything; otherwise it is what changed, and {@code gone}
     * what is no longer seen. {@code digest} is over everything ({@code Digests.of}); the server asks for all of it if its own differs.
     *
     * <p>{@code bootId} changes whenever nothing that ran before can run any more: with a boot of the machine, and when the host is taken down on purpose. {@code complete} says
     * that the host has looked at all that it is assigned: what it doesn't tell isn't there. {@code down} says that it is being taken down, as its last words.
     *
     * <p>{@code version} is that of the assignments that it acts on. {@code left} is what it was told once of orphans, and of those that
     * are kept.
     */
    public record Observation(
            long hostEpoch,
            String bootId,
            boolean full,
            List<SeenOf> seen,
            List<UUID> gone,
            String digest,
            Optional<HostFacts> facts,
            List<HostSeen.EngineSeen> engines,
            List<UUID> orphans,
            boolean complete,
            boolean down,
            Optional<Long> version,
            Optional<List<Assignment>> left) {
        /** As agents tell it who know neither. */
        public Observation(
                long hostEpoch,
                String bootId,
                boolean full,
                List<SeenOf> seen,
                List<UUID> gone,
                String digest,
                Optional<HostFacts> facts,
                List<HostSeen.EngineSeen> engines,
                List<UUID> orphans,
                boolean complete,
                boolean down) {
            this(
                    hostEpoch,
                    bootId,
                    full,
                    seen,
                    gone,
                    digest,
                    facts,
                    engines,
                    orphans,
                    complete,
                    down,
                    Optional.empty(),
                    Optional.empty());
        }
    }

    /** What is seen of one instance. */
    public record SeenOf(UUID instance, InstanceSeen seen) {}

    /** The answer to an observation: {@code resend} asks for everything. */
    public record Ack(boolean resend) {}

    /** {@code GET /v1/link/streams} (long poll): streams that the agent should open at {@code /v1/link/streams/{ticket}} (WebSocket). */
    public record Streams(List<StreamRequest> streams) {}

    /** One stream: what kind, of which instance, and for {@code exec} the command, for {@code logs} how much. */
    public record StreamRequest(
            String ticket,
            StreamKind kind,
            UUID instance,
            List<String> command,
            boolean terminal,
            int tail,
            boolean follow) {}

    /** What flows through a stream. */
    public enum StreamKind {
        CONSOLE,
        EXEC,
        LOGS
    }

    /**
     * A stream's WebSocket carries binary frames, the first byte of which says what the rest is: 0 input, 1 output, 2 errors (bytes as they are);
     * 3 control, JSON of this record: a new terminal size, the end of input, or the exit code, or why the stream ended.
     */
    public record Control(
            Optional<Integer> columns,
            Optional<Integer> rows,
            boolean endOfInput,
            Optional<Integer> exitCode,
            Optional<String> trouble) {}

    /** First byte of a frame: input for the instance. */
    public static final byte INPUT = 0;

    /** First byte of a frame: what came out. */
    public static final byte OUTPUT = 1;

    /** First byte of a frame: what came out as errors. */
    public static final byte ERRORS = 2;

    /** First byte of a frame: a {@link Control}. */
    public static final byte CONTROL = 3;
}

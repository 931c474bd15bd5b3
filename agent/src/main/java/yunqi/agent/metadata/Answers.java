package yunqi.agent.metadata;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;

/** What is answered to whom. */
final class Answers {
    private static final String TOKEN = "x-aws-ec2-metadata-token";
    private static final String TTL = TOKEN + "-ttl-seconds";
    private static final String NOCLOUD = "nocloud";

    /** The versions of EC2's tree that cloud-init and other programs ask for. All are the same here. */
    private static final Set<String> VERSIONS =
            new TreeSet<>(Set.of("1.0", "2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest"));

    private final Tokens tokens;

    Answers(Tokens tokens) {
        this.tokens = tokens;
    }

    /** {@code asker} is empty if nobody who is assigned to this host has the address that asks. */
    Reply answer(Request request, Optional<Assignment> asker) {
        // A proxy inside the instance that can be talked into asking for others adds this header.
        if (request.headers().containsKey("x-forwarded-for")) {
            return Reply.refused(403, "asked for somebody else: X-Forwarded-For is not taken");
        }
        if (asker.isEmpty()) {
            return Reply.refused(404, "no instance on this host has the address that asks");
        }
        InstanceId id = asker.get().id();
        if (request.path().equals("latest/api/token")) {
            return token(request, id);
        }
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return Reply.refused(405, "only GET, and PUT for /latest/api/token").with("Allow", "GET, HEAD");
        }
        String token = request.headers().get(TOKEN);
        if (token != null && !tokens.good(id, token)) {
            return Reply.refused(401, "the token is not, or no more, one of this instance");
        }
        return look(request.path(), asker.get())
                .map(Reply::of)
                .orElseGet(() -> Reply.refused(404, "there is no such thing here"));
    }

    private Reply token(Request request, InstanceId id) {
        if (!request.method().equals("PUT")) {
            return Reply.refused(405, "a token is asked for by PUT").with("Allow", "PUT");
        }
        String wanted = request.headers().getOrDefault(TTL, "");
        long seconds = wanted.matches("[0-9]{1,5}") ? Long.parseLong(wanted) : 0;
        if (seconds < 1 || seconds > Tokens.LONGEST_SECONDS) {
            return Reply.refused(400, "the header " + TTL + " must be 1 to " + Tokens.LONGEST_SECONDS);
        }
        return Reply.of(tokens.issue(id, seconds)).with("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", wanted);
    }

    private static Optional<String> look(String path, Assignment asker) {
        if (path.isEmpty()) {
            return Optional.of(String.join("\n", VERSIONS) + "\n" + NOCLOUD + "/");
        }
        int slash = path.indexOf('/');
        String top = slash < 0 ? path : path.substring(0, slash);
        String rest = slash < 0 ? "" : path.substring(slash + 1);
        Documents documents = Documents.of(asker);
        if (VERSIONS.contains(top)) {
            return documents.ec2(rest);
        }
        return top.equals(NOCLOUD) ? documents.nocloud(rest) : Optional.empty();
    }
}

package yunqi.server.agents;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.host.Host;
import yunqi.core.host.HostDecided;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSpec;
import yunqi.core.host.Hosts;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;
import yunqi.server.tls.Authority;

/**
 * Lets hosts in: a one-time token buys a certificate. The token is spent in the same transaction that writes the host's row, so it lets in one host
 * or none.
 */
public final class Joins {
    /** How a request to join ended. */
    public sealed interface Outcome {
        /** The host is in. */
        record Joined(Link.JoinReply reply) implements Outcome {}

        /** It isn't. {@code code} is {@code bad-token} or {@code name-taken}. */
        record Refused(String code, String message) implements Outcome {}
    }

    private static final Outcome BAD_TOKEN = new Outcome.Refused(
            "bad-token", "the token is unknown, used or too old; make a new one with 'yunqi host token'");

    private final Store store;
    private final Authority authority;
    private final HostLink link;
    private final Link.Site site;
    private final Clock clock;

    public Joins(Store store, Authority authority, HostLink link, Link.Site site, Clock clock) {
        this.store = store;
        this.authority = authority;
        this.link = link;
        this.site = site;
        this.clock = clock;
    }

    /**
     * Lets the host in. A name whose host never spoke, or is silent, is taken over together with its identity: that is a host whose answer was lost, or
     * that was set up anew, and an operator gave it a token. Throws {@code BadValue} if the certificate request is no good.
     */
    public Outcome join(Link.JoinRequest request) {
        Optional<Row> token = token(request.token());
        if (token.isEmpty()) {
            return BAD_TOKEN;
        }
        Optional<Row> taken = store.find(HostTable.KIND, Optional.empty(), request.name());
        if (taken.isPresent()) {
            Optional<String> obstacle = obstacle(HostTable.read(taken.get()));
            if (obstacle.isPresent()) {
                return new Outcome.Refused("name-taken", "a host is named " + request.name() + " " + obstacle.get());
            }
        }
        UUID id = taken.map(Row::id).orElseGet(UUID::randomUUID);
        String certificate = authority.sign(request.certificateRequest(), id);
        Row spent = token.get();
        Written written = store.write(List.of(
                taken.map(this::takeOver).orElseGet(() -> create(id, request)),
                new Write.MarkDeleted(spent.id(), spent.meta().generation(), clock.now()),
                new Write.Remove(spent.id(), spent.meta().decision())));
        return switch (written) {
            case Written.Done _ ->
                new Outcome.Joined(
                        new Link.JoinReply(new HostId(id), request.name(), certificate, authority.certificate(), site));
            case Written.Refused(int index, Written.Reason _, String _) ->
                index == 0
                        ? new Outcome.Refused("name-taken", "another host joined as " + request.name() + " just now")
                        : BAD_TOKEN;
        };
    }

    private Optional<Row> token(String secret) {
        return store.find(JoinToken.KIND, Optional.empty(), JoinToken.name(secret))
                .filter(row -> row.meta().wanted())
                .filter(row -> {
                    JoinToken token = Wire.stored(row.desired(), JoinToken.class);
                    return token.hash().equals(JoinToken.hash(secret))
                            && token.purpose().equals(JoinToken.JOIN)
                            && token.expires().isAfter(clock.now());
                });
    }

    /** Why this host's name cannot be taken over, if it cannot. */
    private Optional<String> obstacle(Host host) {
        if (!host.meta().wanted()) {
            return Optional.of("and is being removed; wait for that, or choose another name");
        }
        boolean heard = java.util.stream.Stream.concat(
                        link.lastContact(host.id()).stream(), host.seen().lastContact().stream())
                .anyMatch(contact -> contact.plus(Hosts.SILENCE).isAfter(clock.now()));
        return heard ? Optional.of("already and answers; choose another name") : Optional.empty();
    }

    /** The epoch is raised: should the silent one still be somewhere, what it says is refused from now on. */
    private Write takeOver(Row row) {
        HostDecided decided = HostTable.read(row).decided();
        return new Write.Decide(
                row.id(),
                row.meta().generation(),
                row.meta().decision(),
                Wire.write(new HostDecided(store.era().next(decided.epoch()))),
                row.host());
    }

    private Write create(UUID id, Link.JoinRequest request) {
        Meta meta =
                new Meta(id, Optional.empty(), request.name(), Labels.NONE, 1, 0, 0, 0, clock.now(), Optional.empty());
        // It may have joined before, under any epoch, which the database has forgotten.
        String decided =
                store.era().forgetful() ? Wire.write(new HostDecided(store.era().next(0))) : Row.EMPTY;
        return new Write.Create(
                new Row(HostTable.KIND, meta, Wire.write(HostSpec.FIRST), decided, Row.EMPTY, Optional.empty()));
    }
}

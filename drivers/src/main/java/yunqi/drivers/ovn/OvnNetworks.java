package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.EngineException;
import yunqi.core.network.NetworkDriver;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;

/**
 * The networks of the site, in OVN's northbound database. Each call reads what is there, and writes the difference in one transaction that is
 * guarded by the epoch: if another server with a higher one wrote in between, nothing of it happens. Returns when the northbound has it; hosts
 * follow within milliseconds, and {@code PortSeen.installed} tells when.
 */
public final class OvnNetworks implements NetworkDriver {
    private static final String GLOBAL = "NB_Global";
    private static final String EPOCH = "yunqi-epoch";
    private static final int ATTEMPTS =
            5; // lost races against another writer; each is a read and a write of milliseconds

    private final Ovsdb northbound;

    /** {@code northbound}: a client of the northbound database's server. It stays the caller's to close. */
    public OvnNetworks(Ovsdb northbound) {
        this.northbound = northbound;
    }

    @Override
    public void apply(NetworkPlan plan, long epoch) throws EngineException {
        write(plan.id(), Northbound.of(plan), epoch);
    }

    @Override
    public void remove(NetworkId id, long epoch) throws EngineException {
        write(id, new Northbound(List.of()), epoch);
    }

    @Override
    public List<NetworkId> list() throws EngineException {
        ArrayNode ours = OvsdbJson.having(Northbound.MARKS, Northbound.OWNER, Northbound.OURS);
        // Not only the switches: what a clumsy hand left of a network must be found, too.
        List<JsonNode> answers = northbound.transact(
                Northbound.DATABASE,
                List.of(
                        OvsdbJson.select(Northbound.SWITCH, ours, List.of(Northbound.MARKS)),
                        OvsdbJson.select(Northbound.ROUTER, ours, List.of(Northbound.MARKS)),
                        OvsdbJson.select(Northbound.DHCP, ours, List.of(Northbound.MARKS)),
                        OvsdbJson.select(Northbound.NAMES, ours, List.of(Northbound.MARKS))));
        var ids = new TreeSet<NetworkId>();
        for (JsonNode answer : answers) {
            for (JsonNode row : answer.path("rows")) {
                SortedMap<String, String> marks = OvsdbJson.pairs(row.path(Northbound.MARKS));
                if (marks.containsKey(Northbound.NETWORK)) {
                    ids.add(new NetworkId(UUID.fromString(marks.getOrDefault(Northbound.NETWORK, ""))));
                }
            }
        }
        return List.copyOf(ids);
    }

    private void write(NetworkId network, Northbound wanted, long epoch) throws EngineException {
        for (int attempt = 1; ; attempt++) {
            try {
                writeOnce(network, wanted, epoch);
                return;
            } catch (EngineException e) {
                if (e.kind() != EngineException.Kind.BUSY || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private void writeOnce(NetworkId network, Northbound wanted, long epoch) throws EngineException {
        var questions = new ArrayList<ObjectNode>(NorthboundPresent.questions(network));
        questions.add(OvsdbJson.select(GLOBAL, OvsdbJson.everything(), List.of(Northbound.MARKS)));
        List<JsonNode> answers = northbound.transact(Northbound.DATABASE, questions);
        JsonNode globals = answers.getLast().path("rows");
        if (globals.isEmpty()) {
            initialize();
            throw new EngineException(EngineException.Kind.BUSY, "the northbound database was empty and is made now");
        }
        SortedMap<String, String> marks = OvsdbJson.pairs(globals.path(0).path(Northbound.MARKS));
        long highest = Long.parseLong(marks.getOrDefault(EPOCH, "0"));
        if (epoch < highest) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    "epoch " + epoch + " is over: a server with epoch " + highest + " writes the networks now");
        }
        NorthboundPresent present = NorthboundPresent.of(network, answers);
        List<ObjectNode> change = NorthboundChange.between(present, wanted);
        if (change.isEmpty() && epoch == highest) {
            return;
        }
        var operations = new ArrayList<ObjectNode>(guard(marks.containsKey(EPOCH), highest, epoch));
        operations.addAll(change);
        northbound.transact(Northbound.DATABASE, operations);
    }

    /** Fails the transaction unless the highest epoch is still the one that was read, and raises it to ours. */
    static List<ObjectNode> guard(boolean known, long highest, long epoch) {
        var operations = new ArrayList<ObjectNode>();
        if (!known) {
            // "insert" into a map leaves a key that is there already as it is: of two that do this at once, one fails
            // the wait below.
            operations.add(raise("insert", highest));
        }
        operations.add(OvsdbJson.mustExist(
                GLOBAL, OvsdbJson.having(Northbound.MARKS, EPOCH, Long.toString(highest)), Northbound.MARKS));
        if (epoch > highest) {
            operations.add(raise("delete", highest));
            operations.add(raise("insert", epoch));
        }
        return operations;
    }

    private static ObjectNode raise(String mutator, long epoch) {
        return OvsdbJson.mutate(
                GLOBAL,
                OvsdbJson.everything(),
                OvsdbJson.mutation(Northbound.MARKS, mutator, OvsdbJson.map(Map.of(EPOCH, Long.toString(epoch)))));
    }

    /** The one row of NB_Global; the schema allows no second, so of two that do this at once one is BUSY and reads again. */
    private void initialize() throws EngineException {
        northbound.transact(Northbound.DATABASE, List.of(OvsdbJson.insert(GLOBAL, "global", OvsdbJson.object())));
    }
}

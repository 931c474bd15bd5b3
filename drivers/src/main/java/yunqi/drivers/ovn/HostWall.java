package yunqi.drivers.ovn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;

/**
 * Keeps the host's own network stack away from the ports of instances. Open vSwitch's userspace datapath gets a copy of each frame, and the kernel
 * goes on with the original: an instance could send to the MAC of its port's host side and reach the host past OVN and its port security.
 * (The kernel's datapath takes the frame itself; nothing is left there to go on with.)
 */
final class HostWall {
    private static final Duration QUICK = Duration.ofSeconds(10);

    private HostWall() {}

    /** The rules, in nft's words. Replaces what was there in one transaction, so there is no moment without. Pure. */
    static String rules(String table) {
        StringBuilder text = new StringBuilder();
        for (String family : List.of("inet", "arp")) {
            String hook = family.equals("inet") ? "prerouting" : "input";
            text.append("table ").append(family).append(' ').append(table).append(" {}\n");
            text.append("delete table ")
                    .append(family)
                    .append(' ')
                    .append(table)
                    .append('\n');
            text.append("table ").append(family).append(' ').append(table).append(" {\n");
            text.append("  chain ports {\n");
            text.append("    type filter hook ").append(hook).append(" priority -400; policy accept;\n");
            text.append("    iifname \"").append(LinkScript.PREFIX).append("*\" drop\n");
            text.append("  }\n}\n");
        }
        return text.toString();
    }

    static void raise(OvsEngine.Place place) throws EngineException {
        Path file = place.run().resolve("wall.nft");
        try {
            Files.writeString(file, rules(place.bridge()));
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot write " + file + ": " + e.getMessage(), e);
        }
        Command.must(QUICK, on(place, "nft", "-f", file.toString()));
    }

    static void lower(OvsEngine.Place place) throws EngineException {
        for (String family : List.of("inet", "arp")) {
            // That it isn't there is as good: only what cannot be run at all is a complaint.
            Command.run(QUICK, Map.of(), on(place, "nft", "delete", "table", family, place.bridge()));
        }
    }

    private static List<String> on(OvsEngine.Place place, String... command) {
        var all = new ArrayList<>(place.on());
        all.addAll(List.of(command));
        return all;
    }
}

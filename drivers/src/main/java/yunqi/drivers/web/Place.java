package yunqi.drivers.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;
import yunqi.core.base.EngineException;

/** Where a web server is, seen from this machine. What it tells us to call must be no nearer to us than it is itself. */
public enum Place {
    /** Where the whole Internet reaches it. */
    INTERNET,
    /** In a private network. */
    SITE,
    /** On this very machine. */
    MACHINE;

    private static final List<String> PRIVATE =
            List.of("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7");
    private static final List<String> OWN = List.of("127.0.0.0/8", "::1");

    /** What may be called at the word of a server that is there. */
    public Reachable reachable() {
        return new Reachable(
                switch (this) {
                    case INTERNET -> List.of();
                    case SITE -> PRIVATE;
                    case MACHINE ->
                        Stream.concat(PRIVATE.stream(), OWN.stream()).toList();
                });
    }

    /** Where this host is: all its addresses count. {@code REFUSED} if one is for nobody to call; {@code UNAVAILABLE} if the name is not known now. */
    public static Place of(String host) throws EngineException {
        try {
            InetAddress[] addresses = InetAddress.getAllByName(host.replaceAll("^\\[|]$", ""));
            for (Place place : values()) {
                Reachable reachable = place.reachable();
                if (List.of(addresses).stream().allMatch(reachable::permits)) {
                    return place;
                }
            }
        } catch (UnknownHostException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "the name " + host + " is not known", e);
        }
        throw new EngineException(
                EngineException.Kind.REFUSED, host + " is at an address that may not be called from here");
    }
}

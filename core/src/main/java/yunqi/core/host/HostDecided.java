package yunqi.core.host;

/** What control decided about a host: its epoch, raised each time the host must prove itself anew. */
public record HostDecided(long epoch) {
    public static final HostDecided FIRST = new HostDecided(1);
}

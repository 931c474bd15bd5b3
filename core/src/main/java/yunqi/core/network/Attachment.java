package yunqi.core.network;

/** How an instance reaches its port on this host. */
public sealed interface Attachment {
    PortId port();

    /** A network namespace, by path, in which the interface {@code device} is up and has its address and route. */
    record Namespace(PortId port, String path, String device) implements Attachment {}

    /** A tap interface of the host. */
    record Tap(PortId port, String device) implements Attachment {}
}

package yunqi.core.instance;

/** How far an instance is on its host, as the host sees it. */
public enum Phase {
    /** Nothing of it is on the host. */
    ABSENT,
    /** Its image, ports or engine object are being made. */
    PREPARING,
    /** It is there and doesn't run. */
    STOPPED,
    /** Its process runs. */
    RUNNING
}

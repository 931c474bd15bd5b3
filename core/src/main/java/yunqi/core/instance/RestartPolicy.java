package yunqi.core.instance;

/** Whether an instance whose process ended by itself is started again. */
public enum RestartPolicy {
    ALWAYS,
    ON_FAILURE,
    NEVER
}

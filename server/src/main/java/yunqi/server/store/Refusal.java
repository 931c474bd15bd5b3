package yunqi.server.store;

/** A write that cannot be; ends its transaction. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    final Written.Reason reason;
    final String detail;

    Refusal(Written.Reason reason, String detail) {
        super(detail, null, false, false); // made often and caught two calls up: without a stack trace
        this.reason = reason;
        this.detail = detail;
    }
}

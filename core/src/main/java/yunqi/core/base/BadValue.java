package yunqi.core.base;

/** A value that a user gave and that cannot be: names the field, what is wrong with it, and what to do. */
public final class BadValue extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private final String field;

    public BadValue(String field, String message) {
        super(field + ": " + message);
        this.field = field;
    }

    /** The path of the field at fault, such as {@code spec.cidr}. */
    public String field() {
        return field;
    }
}

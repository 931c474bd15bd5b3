package yunqi.core.audit;

import java.util.Optional;
import java.util.UUID;

/** Who asked, and from which address: {@code name} is the user's, and {@code token} the one that was sent, called {@code label} by its maker. Whoever proved nothing has no token. */
public record Who(String name, Optional<UUID> token, Optional<String> label, String from) {
    private static final String ANONYMOUS = "anonymous";
    private static final String SITE = "site";

    public static Who anonymous(String from) {
        return new Who(ANONYMOUS, Optional.empty(), Optional.empty(), from);
    }

    /** The site itself, where it does something with the audit. */
    public static Who site() {
        return new Who(SITE, Optional.empty(), Optional.empty(), "");
    }

    public boolean proven() {
        return token.isPresent();
    }
}

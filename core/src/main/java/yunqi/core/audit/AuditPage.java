package yunqi.core.audit;

import java.util.List;
import java.util.Optional;

/** Some entries, newest first. {@code next} is the {@code after} of the page that follows, if there may be one; {@code version} is the number of the newest entry that there is. */
public record AuditPage(List<AuditEntry> items, Optional<String> next, long version) {
    public AuditPage {
        items = List.copyOf(items);
    }
}

package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import yunqi.core.audit.AuditEntry;

final class MemoryAuditTest extends AuditContract {
    private final MemoryAudit audit = new MemoryAudit();

    @Override
    Audit audit() {
        return audit;
    }

    @Test
    void itGrowsToALimit() {
        AuditEntry[] thousand = new AuditEntry[1_000];
        java.util.Arrays.fill(thousand, entry("a"));
        for (int i = 0; i < 25; i++) {
            appended(thousand);
        }
        assertThat(audit.ends().head().number()).isEqualTo(25_000);
        assertThat(audit.ends().start().number()).isEqualTo(5_000);
        assertThat(all().getFirst().number()).isEqualTo(5_001);
    }
}

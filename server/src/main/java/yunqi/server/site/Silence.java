package yunqi.server.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.host.HostSeen;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/**
 * What hosts said before the site was taken down, or its machine was started anew, is not how things are now: it is shown as the past until each host speaks again. A mere restart of
 * the server changes nothing of that kind: hosts speak every few seconds, and one that doesn't is noticed by that.
 */
public final class Silence {
    private static final Logger LOG = LoggerFactory.getLogger(Silence.class);
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String FILE = "up-in-boot";

    private final Path file;
    private final Path boot;

    /** {@code folder} is the server's. */
    public Silence(Path folder) {
        this(folder, BOOT_ID);
    }

    Silence(Path folder, Path boot) {
        this.file = folder.resolve(FILE);
        this.boot = boot;
    }

    /** The server starts. What was heard is forgotten if the site was down meanwhile. */
    public void beforeStart(Store store) throws IOException {
        String now = Files.readString(boot).strip();
        if (Files.exists(file) && Files.readString(file).strip().equals(now)) {
            return;
        }
        forget(store);
        // Only now: should we be killed before, the next start forgets once more.
        Files.writeString(file, now);
    }

    /** The site is taken down. */
    public void down() throws IOException {
        Files.deleteIfExists(file);
    }

    private static void forget(Store store) {
        Query query = Query.all(HostTable.KIND);
        while (true) {
            Page page = store.list(query);
            for (Row row : page.rows()) {
                HostSeen seen = HostTable.read(row).seen();
                if (seen.boot().isPresent()) {
                    LOG.info(
                            "host {} has to report anew, as the site was down",
                            row.meta().name());
                    // Refused only if the host was heard meanwhile by another server.
                    store.write(
                            List.of(new Write.Observe(row.id(), row.meta().observation(), Wire.write(seen.unheard()))));
                }
            }
            if (page.next().isEmpty()) {
                return;
            }
            query = query.after(page.next().get());
        }
    }
}

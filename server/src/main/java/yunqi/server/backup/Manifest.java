package yunqi.server.backup;

import java.time.Instant;
import java.util.List;

/**
 * What a backup says of itself, as its last member: when and by which version and release it was made, up to which migration its tables go, whether the bytes of images are in it, and every other member with its
 * digest. {@code authority} is the fingerprint of the site's authority: two backups with the same are of one cloud.
 */
public record Manifest(
        int form,
        Instant made,
        String version,
        int release,
        String migration,
        String authority,
        boolean images,
        List<Member> members) {
    /** Of the file; another way to lay it out gets another number. */
    public static final int FORM = 1;

    /** Its own name in the file. */
    public static final String NAME = "manifest.json";

    static final String TABLES = "database/";
    static final String FILES = "server/";
    static final String IMAGES = "server/registry/";

    /** One member of the file. */
    public record Member(String name, long bytes, String sha256) {}

    public Manifest {
        members = List.copyOf(members);
    }
}

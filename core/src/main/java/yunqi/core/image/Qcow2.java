package yunqi.core.image;

import java.nio.ByteBuffer;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;

/**
 * What the head of a qcow2 disk says, after a look whether it is one that strangers may give us. A disk of a stranger may name any file or address of the
 * machine that opens it as what it stands on or where its data is: such a disk is refused before any program opens it. Pure.
 */
public record Qcow2(Bytes size) {
    /** So many bytes of the file are to be given to {@link #read}: the head and its extensions have to end within them. */
    public static final int HEAD = 1 << 16;

    private static final int MAGIC = 0x514649FB; // "QFI" and 0xFB
    private static final int HEAD_OF_2 = 72;
    private static final int HEAD_OF_3 = 104;
    private static final long DIRTY = 1L;
    private static final long CORRUPT = 1L << 1;
    private static final long EXTERNAL_DATA = 1L << 2;
    private static final long HARMLESS = 1L << 3 | 1L << 4; // another way to pack clusters; clusters with parts
    private static final int EXTENSION_DATA_FILE = 0x44415441; // "DATA"
    private static final int SMALLEST_CLUSTER = 9; // bits, says the format
    private static final int LARGEST_CLUSTER = 21;
    private static final long TABLE_LIMIT = 32L << 20; // bytes of a first-level table; QEMU takes no larger one
    private static final long COUNTS_LIMIT = 8L << 20; // bytes of the table of reference counts; QEMU takes no larger
    private static final String FLATTEN = ": 'qemu-img convert -O qcow2 OLD NEW' makes one that does not";

    /**
     * Reads the first bytes of a file of that length. Throws {@link BadValue} with what to do about it for whatever is no disk by itself, is larger than
     * {@code limit} for its guest, or contradicts itself.
     */
    public static Qcow2 read(byte[] head, Bytes length, Bytes limit) {
        ByteBuffer in = ByteBuffer.wrap(head);
        require(
                head.length >= HEAD_OF_2 && in.getInt(0) == MAGIC,
                "is not in qcow2 form: 'qemu-img convert -O qcow2 OLD NEW' makes it so");
        int version = in.getInt(4);
        require(version == 2 || version == 3, "is qcow2 of version " + version + "; known are 2 and 3");
        require(in.getLong(8) == 0 && in.getInt(16) == 0, "stands on another file" + FLATTEN);
        require(version == 2 || head.length >= HEAD_OF_3, "is cut off in its head");
        features(version == 2 ? 0 : in.getLong(72));
        require(in.getInt(32) == 0, "is encrypted, and nobody here has its key" + FLATTEN);
        require(in.getInt(60) == 0, "has snapshots inside" + FLATTEN);
        int clusterBits = in.getInt(20);
        require(
                clusterBits >= SMALLEST_CLUSTER && clusterBits <= LARGEST_CLUSTER,
                "has clusters of 2^" + Integer.toUnsignedString(clusterBits) + " bytes");
        long size = in.getLong(24);
        require(size > 0, "has no size");
        require(
                size <= limit.count(),
                "is a disk of " + new Bytes(size) + " for its guest; the largest that is taken here is " + limit);
        tables(in, clusterBits, size, length);
        extensions(in, version == 2 ? HEAD_OF_2 : in.getInt(100));
        return new Qcow2(new Bytes(size));
    }

    private static void features(long features) {
        require((features & EXTERNAL_DATA) == 0, "keeps its data in another file" + FLATTEN);
        require((features & CORRUPT) == 0, "says of itself that it is damaged: 'qemu-img check -r all' mends it");
        require((features & DIRTY) == 0, "was not closed well: 'qemu-img check -r all' mends it");
        long strange = features & ~(EXTERNAL_DATA | CORRUPT | DIRTY | HARMLESS);
        require(strange == 0, "needs features that are not known here (0x" + Long.toHexString(strange) + ")" + FLATTEN);
    }

    /** The tables by which clusters are found have the length that the size asks for, and lie inside the file. */
    private static void tables(ByteBuffer in, int clusterBits, long size, Bytes length) {
        long part = 1L << (2 * clusterBits - 3); // what one entry of the first table stands for
        long needed = (size - 1) / part + 1;
        long entries = Integer.toUnsignedLong(in.getInt(36));
        require(
                entries >= needed && entries * Long.BYTES <= TABLE_LIMIT,
                "has a first table of " + entries + " entries where " + needed + " are needed");
        require(inside(in.getLong(40), entries * Long.BYTES, length), "has its first table outside of the file");
        long counts = Integer.toUnsignedLong(in.getInt(56)) << clusterBits;
        require(counts > 0 && counts <= COUNTS_LIMIT, "has a table of reference counts of " + counts + " bytes");
        require(inside(in.getLong(48), counts, length), "has its table of reference counts outside of the file");
    }

    private static boolean inside(long offset, long bytes, Bytes length) {
        return offset > 0 && offset <= length.count() - bytes;
    }

    private static void extensions(ByteBuffer in, int start) {
        require(start >= HEAD_OF_2 && start % Long.BYTES == 0, "has a head of " + start + " bytes");
        long at = start;
        while (at + Long.BYTES <= in.limit()) {
            int type = in.getInt((int) at);
            if (type == 0) {
                return;
            }
            require(type != EXTENSION_DATA_FILE, "names another file for its data" + FLATTEN);
            long bytes = Integer.toUnsignedLong(in.getInt((int) at + Integer.BYTES));
            at += Long.BYTES + (bytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
        }
        throw new BadValue("disk", "has a head without an end");
    }

    private static void require(boolean good, String complaint) {
        if (!good) {
            throw new BadValue("disk", complaint);
        }
    }
}

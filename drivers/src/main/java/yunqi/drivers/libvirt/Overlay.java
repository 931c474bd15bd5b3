package yunqi.drivers.libvirt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import yunqi.core.base.Bytes;

/**
 * An empty qcow2 disk that stands on another, made in memory: starting qemu-img for that costs more than all else that we do at a VM's creation.
 * Pure. The form is version 3 with clusters of 64 KiB: header, table of reference counts, one block of them, table of the disk's parts.
 */
final class Overlay {
    private static final int MAGIC = 0x514649FB; // "QFI" and 0xFB
    private static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;
    private static final long PART =
            (long) CLUSTER / 8 * CLUSTER; // what one entry of the table of parts stands for: 512 MiB
    private static final int HEADER = 104;
    private static final int BACKING_FORMAT = 0xE2792ACA;
    private static final int COUNTS_OF_16_BITS = 4;
    private static final int TABLES = 3; // clusters before the table of parts
    private static final int NAME_LIMIT = 1023; // bytes of the other disk's path, says the format

    private Overlay() {}

    /** The first bytes of the disk, which are all that it has: of {@code size}, on the qcow2 disk at {@code base}. */
    static byte[] of(String base, Bytes size) {
        byte[] name = base.getBytes(StandardCharsets.UTF_8);
        if (name.length > NAME_LIMIT) {
            throw new IllegalArgumentException("the path of an image is too long: " + base);
        }
        int parts = Math.toIntExact((size.count() + PART - 1) / PART);
        int partClusters = (parts * 8 + CLUSTER - 1) / CLUSTER;
        ByteBuffer disk = ByteBuffer.allocate((TABLES + partClusters) * CLUSTER);
        disk.putInt(MAGIC).putInt(3);
        int nameAt = HEADER + 8 + 8 + 8; // after the format's name and the end of the extensions
        disk.putLong(nameAt).putInt(name.length);
        disk.putInt(CLUSTER_BITS).putLong(size.count()).putInt(0);
        disk.putInt(parts).putLong((long) TABLES * CLUSTER);
        disk.putLong(CLUSTER).putInt(1);
        disk.putInt(0).putLong(0); // no snapshots
        disk.putLong(0).putLong(0).putLong(0); // no features
        disk.putInt(COUNTS_OF_16_BITS).putInt(HEADER);
        disk.putInt(BACKING_FORMAT)
                .putInt(5)
                .put("qcow2".getBytes(StandardCharsets.US_ASCII))
                .put(new byte[3]);
        disk.putInt(0).putInt(0);
        disk.put(name);
        disk.putLong(CLUSTER, 2L * CLUSTER);
        for (int cluster = 0; cluster < TABLES + partClusters; cluster++) {
            disk.putShort(2 * CLUSTER + 2 * cluster, (short) 1);
        }
        return disk.array();
    }
}

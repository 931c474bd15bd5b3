package yunqi.drivers.registry;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Digests;

/** A gzipped tar archive as it would be unpacked: its size and digest. Nothing of it is kept. */
record Unpacked(Bytes size, Digest digest) {
    private static final int CHUNK = 1 << 16;
    private static final int BLOCK = 512; // of a tar archive
    private static final int SUM = 148; // where a block that begins a file has the sum of its bytes
    private static final int SUM_BYTES = 8;

    /** Unpacks a stream. {@code REFUSED} if it is not such an archive, or is larger than {@code most}. */
    static Unpacked measure(InputStream packed, long most) throws IOException, EngineException {
        MessageDigest sum = Digests.sha256();
        byte[] buffer = new byte[CHUNK];
        long size = 0;
        try (InputStream in = new GZIPInputStream(new BufferedInputStream(packed, CHUNK), CHUNK)) {
            byte[] first = in.readNBytes(BLOCK);
            require(first.length == BLOCK && begins(first), "is not a tar archive packed by gzip");
            sum.update(first);
            size += first.length;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sum.update(buffer, 0, n);
                size += n;
                require(size <= most, "grows beyond " + new Bytes(most) + " when it is unpacked");
            }
        } catch (ZipException | EOFException e) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    "the layer is not a whole archive packed by gzip: " + e.getMessage(),
                    e);
        }
        return new Unpacked(
                new Bytes(size), new Digest("sha256:" + HexFormat.of().formatHex(sum.digest())));
    }

    /** True if this block begins a file of an archive, or ends an empty one. */
    private static boolean begins(byte[] block) {
        long sum = 0;
        boolean empty = true;
        for (int i = 0; i < BLOCK; i++) {
            boolean ofSum = i >= SUM && i < SUM + SUM_BYTES;
            sum += ofSum ? ' ' : block[i] & 0xFF;
            empty &= block[i] == 0;
        }
        StringBuilder octal = new StringBuilder();
        for (int i = SUM; i < SUM + SUM_BYTES; i++) {
            if (block[i] >= '0' && block[i] <= '7') {
                octal.append((char) block[i]);
            }
        }
        return empty || (!octal.isEmpty() && Long.parseLong(octal.toString(), 8) == sum);
    }

    private static void require(boolean good, String complaint) throws EngineException {
        if (!good) {
            throw new EngineException(EngineException.Kind.REFUSED, "the layer " + complaint);
        }
    }
}

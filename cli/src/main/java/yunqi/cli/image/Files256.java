package yunqi.cli.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import java.util.zip.GZIPOutputStream;
import yunqi.core.base.Digest;
import yunqi.core.wire.Digests;
import yunqi.core.wire.OciImage;

/** Files on their way into the registry: their digests, packing, and how far they are. */
final class Files256 {
    private Files256() {}

    static OciImage.Blob blob(Path file) throws IOException {
        return new OciImage.Blob(digest(file), Files.size(file));
    }

    static Digest digest(Path file) throws IOException {
        return digest(file, _ -> {});
    }

    static Digest digest(Path file, LongConsumer soFar) throws IOException {
        MessageDigest digest = Digests.sha256();
        try (InputStream in = new DigestInputStream(counted(file, soFar), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return new Digest("sha256:" + HexFormat.of().formatHex(digest.digest()));
    }

    /** Packs a file. The packed bytes depend on nothing but the file, so that the same layer gets the same digest. */
    static void gzip(Path from, Path to) throws IOException {
        try (InputStream in = Files.newInputStream(from);
                OutputStream out = new GZIPOutputStream(Files.newOutputStream(to), 1 << 16)) {
            in.transferTo(out);
        }
    }

    /** Reads a file and tells how many bytes were read so far. */
    static InputStream counted(Path file, LongConsumer soFar) throws IOException {
        return counted(Files.newInputStream(file), Long.MAX_VALUE, soFar);
    }

    /** Reads at most so many bytes and tells how many were read so far. */
    static InputStream counted(InputStream from, long most, LongConsumer soFar) {
        return new FilterInputStream(from) {
            private long count;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                if (count == most) {
                    return -1;
                }
                int many = super.read(into, offset, (int) Math.min(length, most - count));
                add(Math.max(0, many));
                return many;
            }

            private void add(int many) {
                count += many;
                soFar.accept(count);
            }
        };
    }
}

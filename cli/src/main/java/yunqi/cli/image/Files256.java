package yunqi.cli.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import java.util.zip.GZIPOutputStream;
import yunqi.core.base.Digest;
import yunqi.core.wire.OciImage;

/** Files on their way into the registry: their digests, packing, and how far they are. */
final class Files256 {
    private Files256() {}

    static OciImage.Blob blob(Path file) throws IOException {
        return new OciImage.Blob(digest(file), Files.size(file));
    }

    static Digest digest(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
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
        return new FilterInputStream(Files.newInputStream(file)) {
            private long count;

            @Override
            public int read() throws IOException {
                int one = super.read();
                add(one < 0 ? 0 : 1);
                return one;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int many = super.read(into, offset, length);
                add(Math.max(0, many));
                return many;
            }

            private void add(int many) {
                count += many;
                soFar.accept(count);
            }
        };
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

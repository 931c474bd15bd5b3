package yunqi.drivers.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.wire.Digests;

class UnpackedTest {
    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
            packed.write(bytes);
        }
        return out.toByteArray();
    }

    private static Unpacked measure(byte[] packed, long most) throws Exception {
        return Unpacked.measure(new ByteArrayInputStream(packed), most);
    }

    @Test
    void anArchiveIsMeasuredAsItIsUnpacked() throws Exception {
        byte[] tar = new byte[10_240]; // an empty archive
        Unpacked unpacked = measure(gzip(tar), 20_000);
        assertThat(unpacked.size()).isEqualTo(new Bytes(10_240));
        assertThat(unpacked.digest().hex()).isEqualTo(Digests.of(tar));
    }

    @Test
    void aBombIsRefusedAsSoonAsItIsTooLarge() throws Exception {
        byte[] bomb = gzip(new byte[64 << 20]);
        assertThat(bomb.length).isLessThan(100_000);
        assertThatThrownBy(() -> measure(bomb, 1 << 20)).hasMessageContaining("grows beyond 1MiB when it is unpacked");
    }

    @Test
    void whatIsNoWholeArchiveIsRefused() throws Exception {
        assertThatThrownBy(() -> measure(new byte[100], 1_000)).hasMessageContaining("packed by gzip");
        assertThatThrownBy(() -> measure(gzip(new byte[100]), 1_000)).hasMessageContaining("not a tar archive");
        byte[] text = new byte[1_000];
        Arrays.fill(text, (byte) 'x');
        assertThatThrownBy(() -> measure(gzip(text), 2_000)).hasMessageContaining("not a tar archive");
        byte[] whole = gzip(new byte[100_000]);
        assertThatThrownBy(() -> measure(Arrays.copyOf(whole, whole.length / 2), 200_000))
                .hasMessageContaining("not a whole archive");
    }
}

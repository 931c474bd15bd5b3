package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class IsoImageTest {
    private static final int SECTOR = 2048;
    private final TreeMap<String, byte[]> files = new TreeMap<>(Map.of(
            "meta-data", "local-hostname: x\n".getBytes(StandardCharsets.UTF_8),
            "network-config", new byte[0],
            "user-data", "y".repeat(5000).getBytes(StandardCharsets.UTF_8)));
    private final ByteBuffer image =
            ByteBuffer.wrap(IsoImage.of("cidata", files)).order(ByteOrder.LITTLE_ENDIAN);

    @Test
    void theLabelStandsWhereSystemsLookForIt() {
        assertThat(text(16 * SECTOR + 40, 6)).isEqualTo("CIDATA");
        assertThat(new String(image.array(), 17 * SECTOR + 40, 12, StandardCharsets.UTF_16BE))
                .isEqualTo("cidata");
        assertThat(image.getInt(16 * SECTOR + 80) * SECTOR).isEqualTo(image.capacity());
    }

    @Test
    void everyFileIsFoundByItsWideName() {
        int at = image.getInt(17 * SECTOR + 156 + 2) * SECTOR; // the root folder that the Joliet descriptor names
        TreeMap<String, byte[]> found = new TreeMap<>();
        for (int entry = 0; image.get(at) != 0; at += image.get(at), entry++) {
            if (entry > 1) {
                String name = new String(image.array(), at + 33, image.get(at + 32), StandardCharsets.UTF_16BE);
                byte[] bytes = new byte[image.getInt(at + 10)];
                image.get(image.getInt(at + 2) * SECTOR, bytes);
                found.put(name, bytes);
            }
        }
        assertThat(found.keySet()).isEqualTo(files.keySet());
        found.forEach((name, bytes) -> assertThat(bytes).isEqualTo(files.get(name)));
    }

    @Test
    void theSameFilesGiveTheSameBytes() {
        assertThat(IsoImage.of("cidata", files)).isEqualTo(image.array());
    }

    private String text(int at, int length) {
        return new String(image.array(), at, length, StandardCharsets.US_ASCII);
    }
}

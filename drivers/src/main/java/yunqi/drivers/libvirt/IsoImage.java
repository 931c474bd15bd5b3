package yunqi.drivers.libvirt;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/**
 * A small ISO 9660 file system with Joliet names and one folder, made in memory: a program of its own for that would cost a VM's start a tenth of a
 * second. Pure. Systems that read Joliet see the names as given; to others they are upper case.
 */
final class IsoImage {
    private static final int SECTOR = 2048;
    private static final int PRIMARY = 16;
    private static final int JOLIET = 17;
    private static final int END = 18;
    private static final int PRIMARY_PATHS = 19; // little endian, then big endian
    private static final int JOLIET_PATHS = 21;
    private static final int PRIMARY_ROOT = 23;
    private static final int JOLIET_ROOT = 24;
    private static final int FIRST_FILE = 25;
    private static final byte[] ROOT_NAME = {0};
    private static final byte[] PARENT_NAME = {1};
    private static final byte[] DATE = {126, 1, 1, 0, 0, 0, 0
    }; // always the same, so that the same seed gives the same bytes
    private static final Charset WIDE = StandardCharsets.UTF_16BE;

    private record Entry(String name, int sector, int size) {}

    private IsoImage() {}

    /** The image, with this label. The names are short and plain, and so few that the folder fits one sector. */
    static byte[] of(String label, SortedMap<String, byte[]> files) {
        List<Entry> entries = new ArrayList<>();
        int next = FIRST_FILE;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            entries.add(new Entry(file.getKey(), next, file.getValue().length));
            next += (file.getValue().length + SECTOR - 1) / SECTOR;
        }
        ByteBuffer image = ByteBuffer.allocate(next * SECTOR);
        at(image, PRIMARY, descriptor(label, next, false));
        at(image, JOLIET, descriptor(label, next, true));
        at(image, END, new byte[] {(byte) 255, 'C', 'D', '0', '0', '1', 1});
        for (int i = 0; i < 2; i++) {
            ByteOrder order = i == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            at(image, PRIMARY_PATHS + i, paths(PRIMARY_ROOT, order));
            at(image, JOLIET_PATHS + i, paths(JOLIET_ROOT, order));
        }
        at(image, PRIMARY_ROOT, folder(entries, PRIMARY_ROOT, false));
        at(image, JOLIET_ROOT, folder(entries, JOLIET_ROOT, true));
        for (Entry entry : entries) {
            at(image, entry.sector(), files.getOrDefault(entry.name(), new byte[0]));
        }
        return image.array();
    }

    private static void at(ByteBuffer image, int sector, byte[] bytes) {
        image.put(sector * SECTOR, bytes);
    }

    private static byte[] descriptor(String label, int sectors, boolean joliet) {
        ByteBuffer d = ByteBuffer.allocate(SECTOR);
        d.put((byte) (joliet ? 2 : 1))
                .put("CD001".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1);
        fill(d, 8, 32, "", joliet);
        fill(d, 40, 32, joliet ? label : label.toUpperCase(Locale.ROOT), joliet);
        both(d, 80, sectors);
        if (joliet) {
            d.put(88, new byte[] {'%', '/', 'E'}); // the escape sequence that says: names are UCS-2, level 3
        }
        bothShort(d, 120, 1);
        bothShort(d, 124, 1);
        bothShort(d, 128, SECTOR);
        both(d, 132, 10); // a path table of the root alone has ten bytes
        int paths = joliet ? JOLIET_PATHS : PRIMARY_PATHS;
        d.order(ByteOrder.LITTLE_ENDIAN).putInt(140, paths);
        d.order(ByteOrder.BIG_ENDIAN).putInt(148, paths + 1);
        d.put(156, record(ROOT_NAME, joliet ? JOLIET_ROOT : PRIMARY_ROOT, SECTOR, true));
        fill(d, 190, 623, "", joliet);
        for (int date = 813; date < 881; date += 17) {
            d.put(date, "0000000000000000".getBytes(StandardCharsets.US_ASCII)); // no date given
        }
        d.put(881, (byte) 1);
        return d.array();
    }

    private static byte[] paths(int root, ByteOrder order) {
        return ByteBuffer.allocate(10)
                .order(order)
                .put((byte) 1)
                .put((byte) 0)
                .putInt(root)
                .putShort((short) 1)
                .array();
    }

    private static byte[] folder(List<Entry> entries, int root, boolean joliet) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(record(ROOT_NAME, root, SECTOR, true));
        all.writeBytes(record(PARENT_NAME, root, SECTOR, true));
        for (Entry entry : entries) {
            byte[] name = joliet
                    ? entry.name().getBytes(WIDE)
                    : (entry.name().toUpperCase(Locale.ROOT) + ".;1").getBytes(StandardCharsets.US_ASCII);
            all.writeBytes(record(name, entry.sector(), entry.size(), false));
        }
        if (all.size() > SECTOR) {
            throw new IllegalArgumentException(entries.size() + " files do not fit the folder");
        }
        return all.toByteArray();
    }

    private static byte[] record(byte[] name, int sector, int size, boolean folder) {
        int length = 33 + name.length + (name.length % 2 == 0 ? 1 : 0);
        ByteBuffer r = ByteBuffer.allocate(length);
        r.put(0, (byte) length);
        both(r, 2, sector);
        both(r, 10, size);
        r.put(18, DATE);
        r.put(25, (byte) (folder ? 2 : 0));
        bothShort(r, 28, 1);
        r.put(32, (byte) name.length);
        r.put(33, name);
        return r.array();
    }

    /** Text filled up with blanks. */
    private static void fill(ByteBuffer d, int at, int length, String text, boolean joliet) {
        byte[] blanks = " ".repeat(joliet ? length / 2 : length).getBytes(joliet ? WIDE : StandardCharsets.US_ASCII);
        d.put(at, blanks);
        d.put(at, text.getBytes(joliet ? WIDE : StandardCharsets.US_ASCII));
    }

    /** A number in both byte orders, as ISO 9660 keeps it. */
    private static void both(ByteBuffer d, int at, int number) {
        d.order(ByteOrder.LITTLE_ENDIAN).putInt(at, number);
        d.order(ByteOrder.BIG_ENDIAN).putInt(at + 4, number);
    }

    private static void bothShort(ByteBuffer d, int at, int number) {
        d.order(ByteOrder.LITTLE_ENDIAN).putShort(at, (short) number);
        d.order(ByteOrder.BIG_ENDIAN).putShort(at + 2, (short) number);
    }
}

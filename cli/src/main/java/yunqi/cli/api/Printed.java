package yunqi.cli.api;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * An output that people read. What tenants wrote may stand in anything that is printed, and a terminal obeys some characters: all of these but line ends and tabs are shown as
 * question marks. What the terminal shall obey is said by {@link #command}.
 */
public final class Printed extends PrintStream {
    private final OutputStream plain;

    public Printed(OutputStream out) {
        super(new Shown(out), true, StandardCharsets.UTF_8);
        this.plain = out;
    }

    /** Passes this on as it is: nothing in it may come from elsewhere than this program. */
    public synchronized void command(String sequence) {
        flush();
        try {
            plain.write(sequence.getBytes(StandardCharsets.UTF_8));
            plain.flush();
        } catch (IOException e) {
            setError();
        }
    }

    /** The same output as it is, for what is the program's own from end to end. */
    public static OutputStream plain(PrintStream out) {
        return out instanceof Printed printed ? printed.plain : out;
    }

    /** Looks at bytes of UTF-8, in which control characters are those below a blank, DEL, and C2 followed by 80 to 9F. */
    private static final class Shown extends FilterOutputStream {
        private static final int FIRST_OF_TWO = 0xC2;
        private boolean first;

        Shown(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            byte[] shown = new byte[length];
            for (int i = 0; i < length; i++) {
                int value = bytes[offset + i] & 0xFF;
                boolean second = first && value >= 0x80 && value <= 0x9F;
                boolean control = (value < 0x20 && value != '\n' && value != '\t') || value == 0x7F;
                // The second of two becomes another one that nothing obeys: U+00BF, a question mark upside down.
                shown[i] = (byte) (control ? '?' : second ? 0xBF : value);
                first = value == FIRST_OF_TWO;
            }
            out.write(shown, 0, length);
        }
    }
}

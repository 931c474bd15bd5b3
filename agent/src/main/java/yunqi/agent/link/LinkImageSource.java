package yunqi.agent.link;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageSource;

/** Images from the site's registry, read through the link, so that a host needs no other way to the server. */
public final class LinkImageSource implements ImageSource {
    private static final Duration STALL = Duration.ofSeconds(60); // nothing for so long: the server has gone away

    private final HttpServerLink link;

    public LinkImageSource(HttpServerLink link) {
        this.link = link;
    }

    @Override
    public InputStream manifest(String repository, Digest digest) throws EngineException {
        return new Watched(link.registry(repository + "/manifests/" + digest));
    }

    @Override
    public InputStream blob(String repository, Digest digest) throws EngineException {
        return new Watched(link.registry(repository + "/blobs/" + digest));
    }

    /** Breaks off when nothing comes any more; reading would otherwise wait for ever. */
    private static final class Watched extends FilterInputStream {
        private final Thread watch;
        private volatile long last = System.nanoTime();
        private volatile boolean reading;

        Watched(InputStream in) {
            super(in);
            watch = Thread.ofVirtual().name("stall-watch").start(this::watch);
        }

        private void watch() {
            try {
                while (!reading || System.nanoTime() - last < STALL.toNanos()) {
                    Thread.sleep(STALL.dividedBy(10));
                }
                in.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                throw new IllegalStateException("a stream that cannot be closed", e);
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            last = System.nanoTime();
            reading = true;
            try {
                return super.read(bytes, offset, length);
            } finally {
                reading = false;
            }
        }

        @Override
        public void close() throws IOException {
            watch.interrupt();
            super.close();
        }
    }
}

package yunqi.drivers.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
    @TempDir
    private Path folder;

    @Test
    void aSocketGoesWhenNobodyListensAtIt() throws Exception {
        Path dead = folder.resolve("dead");
        Path alive = folder.resolve("alive");
        listen(dead).close();
        try (ServerSocketChannel _ = listen(alive)) {
            assertThat(dead).as("the file outlives its listener").exists();
            Leftovers.removeDead(folder);
            assertThat(dead).doesNotExist();
            assertThat(alive).exists();
        }
    }

    private static ServerSocketChannel listen(Path socket) throws Exception {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
    }
}

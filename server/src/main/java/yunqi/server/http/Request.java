package yunqi.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;

/** What a request brings, however it came to us. */
interface Request {
    String path();

    /** The address of the other end. */
    String from();

    /** A parameter of the path. */
    String parameter(String name);

    Optional<String> query(String name);

    /** The names of all query parameters. */
    Set<String> queries();

    Optional<String> header(String name);

    InputStream body() throws IOException;

    /** The whole body, as text. Throws {@link Refused} if it is too large or too slow. */
    String text() throws IOException;
}

package yunqi.server.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;

/** A request that came over HTTP. */
record HttpRequest(Context context, Bodies bodies, Place place) implements Request {
    @Override
    public String path() {
        return context.path();
    }

    @Override
    public String from() {
        return context.ip();
    }

    @Override
    public String parameter(String name) {
        return context.pathParam(name);
    }

    @Override
    public Optional<String> query(String name) {
        return Optional.ofNullable(context.queryParam(name));
    }

    @Override
    public Set<String> queries() {
        return context.queryParamMap().keySet();
    }

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(context.header(name));
    }

    @Override
    public InputStream body() throws IOException {
        return context.req().getInputStream();
    }

    @Override
    public String text() throws IOException {
        return bodies.text(body(), from(), place);
    }
}

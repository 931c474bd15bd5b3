package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import yunqi.core.base.Bytes;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** An API with two tenants: {@code alice}, an admin of the project {@code red}, who has a password, and {@code bob}, a member of {@code blue}. In each an instance {@code web}. */
public final class Tenants implements AutoCloseable {
    public static final String WEB = "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\"}}";
    public static final String PASSWORD = "correct horse battery";

    Instant now = ApiForTests.BEGIN;
    private final ApiForTests api = ApiForTests.on(new MemoryStore(() -> now), () -> now);

    public Tenants() throws Exception {
        api.image("busybox", "container", "16MiB");
        for (String project : List.of("red", "blue")) {
            made(put("/v1/projects/" + project, "{}"));
            made(put("/v1/projects/" + project + "/instances/web", WEB));
        }
        made(put("/v1/users/alice", "{}"));
        made(put("/v1/users/bob", "{}"));
        made(put("/v1/projects/red/grants/alice", "{\"spec\":{\"role\":\"admin\"}}"));
        made(put("/v1/projects/blue/grants/bob", "{\"spec\":{\"role\":\"member\"}}"));
        made(post("/v1/users/alice/password", "{\"password\":\"" + PASSWORD + "\"}"));
    }

    public Store store() {
        return api.store;
    }

    public ApiForTests raw() {
        return api;
    }

    /** As the holder of the first token. */
    public Answer get(String path) throws Exception {
        return api.get(path);
    }

    public Answer put(String path, String body) throws Exception {
        return api.put(path, body);
    }

    public Answer post(String path, String body) throws Exception {
        return api.post(path, body);
    }

    public Answer delete(String path) throws Exception {
        return api.delete(path);
    }

    public UUID host(String name, int cpus, Bytes memory, Instant seen) {
        return api.host(name, cpus, memory, seen);
    }

    /** What control does once a thing's engine has let it go. */
    public void gone(String path) throws Exception {
        api.delete(path);
        Row row = api.store.get(UUID.fromString(api.get(path).at("/id"))).orElseThrow();
        api.must(new Write.Remove(row.id(), row.meta().decision()));
    }

    public String token(String user, String wish) throws Exception {
        Answer made = api.post("/v1/users/" + user + "/tokens", wish);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return made.at("/token");
    }

    public Answer login(String user, String password) throws Exception {
        return api.send(HttpRequest.newBuilder(api.uri("/v1/login"))
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"user\":\"" + user + "\",\"password\":\"" + password + "\"}"))
                .build());
    }

    /** With this token; with none if it is empty. */
    public Answer as(String token, String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.uri(path));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return api.send(request.method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    public interface Attempt {
        Answer make(int number) throws Exception;
    }

    public static List<Answer> together(int count, Attempt attempt) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                running.add(threads.submit(() -> attempt.make(number)));
            }
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> one : running) {
                answers.add(one.get());
            }
            return answers;
        }
    }

    /** What an answer says, but for the number of the request. */
    public static String anonymous(Answer answer) {
        return answer.text().replaceAll("\"request\":\"[^\"]*\"", "");
    }

    public static void made(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    public static void refused(Answer answer, int status, String code, String words) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.at("/code")).isEqualTo(code);
        assertThat(answer.at("/detail")).contains(words);
    }

    @Override
    public void close() throws IOException {
        api.close();
    }
}

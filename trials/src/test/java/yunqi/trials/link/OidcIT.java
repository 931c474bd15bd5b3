package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.trials.lab.Cloud;

/**
 * Signing in at a certified provider (npm's {@code oidc-provider}, which this starts), as people do it: by the command line, with an HTTP client as their browser. Needs {@code node},
 * and what {@code ./dev it Oidc} installs into {@code trials/identity}.
 */
class OidcIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2); // a busy machine starts Node slowly
    private static final int REDIRECTS = 20;
    private static final Pattern SHOWN = Pattern.compile("\n {2}(http\\S+)\n");
    private static final String SECRET = "a secret: of+the/tests%";

    @TempDir
    private Path folder = Path.of("");

    private TwoEnds ends;
    private TypedSite site;
    private Process provider;
    private String issuer = "";

    @BeforeEach
    void start() throws Exception {
        Path identity = Path.of(System.getProperty("yunqi.home", "..")).resolve("trials/identity");
        assertThat(identity.resolve("node_modules/oidc-provider"))
                .as("'./dev it Oidc' installs it: npm ci in trials/identity")
                .isDirectory();
        provider = new ProcessBuilder("node", "provider.mjs")
                .directory(identity.toFile())
                .redirectError(ProcessBuilder.Redirect.to(
                        folder.resolve("provider.log").toFile()))
                .start();
        issuer = String.valueOf(provider.inputReader().readLine());
        assertThat(issuer)
                .as(() -> "the provider says: " + read(folder.resolve("provider.log")))
                .startsWith("http://127.0.0.1:");
        ends = new TwoEnds(folder, URI.create("http://127.0.0.1:1"));
        site = new TypedSite(folder, ends, Instant::now, URI.create("http://127.0.0.1:1"));
        site.env.put("BROWSER", "true"); // one that shows nothing: the test reads the address instead
        site.done("", "project", "create", "red");
    }

    @AfterEach
    void stop() throws Exception {
        provider.getOutputStream().close();
        if (!provider.waitFor(10, TimeUnit.SECONDS)) {
            provider.destroyForcibly();
        }
        site.close();
        ends.close();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void set(String client, String... more) {
        String[] words = {
            "oidc",
            "set",
            "--issuer",
            issuer,
            "--client-id",
            client,
            "--map",
            "team-red=member@red",
            "--map",
            "cloud-admins=operator",
            "--session",
            "30m"
        };
        String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        site.done(SECRET + "\n", all);
    }

    @Test
    void peopleSignInByTheCommandLine() throws Exception {
        set("public");
        site.done("", "oidc", "show");
        assertThat(site.out()).contains(issuer, "team-red");

        assertThat(signIn("account-1", "--sso")).as(site::err).isZero();
        assertThat(site.out()).contains(" as carol until ");
        site.done("", "user", "show");
        assertThat(site.out()).containsPattern("red: +member");
        site.done("", "instance", "list", "-p", "red");
        assertThat(site.yunqi("", "oidc", "show")).isEqualTo(1);
        assertThat(site.err()).contains("operators-only");
        site.done("", "logout");

        // An hour later he is in another team, and no longer in this one.
        assertThat(signIn("account-1?groups=else", "--sso")).isZero();
        assertThat(site.yunqi("", "instance", "list", "-p", "red")).isEqualTo(1);
        assertThat(site.err()).contains("there is no project 'red'");

        assertThat(signIn("account-2", "--sso")).isZero();
        site.done("", "oidc", "show");
        site.done("", "user", "list");
        assertThat(site.out()).contains("carol", "dave");
        site.done("", "user", "create", "alice", "--no-password");
        assertThat(signIn("account-3", "--sso")).isEqualTo(1);
        assertThat(site.err()).contains("the provider calls you 'alice', and that is another user here");
        assertThat(signIn("nobody", "--sso")).isEqualTo(1);
        assertThat(site.err()).contains("the provider did not let you in: access_denied");
        site.done("", "context", "use", "site");
        site.done("", "oidc", "remove");
        assertThat(site.yunqi("", "login", "--sso")).isEqualTo(1);
        assertThat(site.err()).contains("no provider is set up here");
    }

    @Test
    void aClientWithASecretSignsIn() throws Exception {
        set("confidential", "--client-secret-file", "-");
        assertThat(signIn("account-1", "--sso")).as(site::err).isZero();
        site.done("", "context", "use", "site");
        set("confidential", "--no-client-secret");
        assertThat(signIn("account-1", "--sso")).isEqualTo(1);
        assertThat(site.err())
                .contains("does not take this cloud's client id and secret")
                .doesNotContain(SECRET);
    }

    @Test
    void peopleSignInOnAnotherDevice() throws Exception {
        set("public");
        assertThat(signIn("account-1", "--device")).as(site::err).isZero();
        assertThat(site.out()).contains(" as carol until ");
        site.env.remove("BROWSER"); // where there is none, that is what --sso does
        assertThat(signIn("account-2", "--sso")).as(site::err).isZero();
        assertThat(site.out()).contains(" as dave until ");
    }

    @Test
    void whenTheProviderIsAwayPasswordsStillWork() throws Exception {
        set("public");
        site.done("correct horse battery\n", "user", "create", "erin");
        provider.getOutputStream().close();
        assertThat(provider.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        Instant began = Instant.now();
        // It is known for an hour where to send a browser, so that much works; a device needs an answer at once.
        assertThat(site.yunqi("", "login", "--device")).isEqualTo(1);
        assertThat(site.err()).contains("does not answer").contains("provider-unavailable");
        assertThat(Duration.between(began, Instant.now())).isLessThan(PATIENCE);
        site.done("correct horse battery\n", "login", "--user", "erin");
        site.done("", "context", "use", "site");
    }

    /** The exit code of signing in, with this account of the provider's at the browser. */
    private int signIn(String account, String... options) throws Exception {
        new Browser().get(issuer + "/as/" + account);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            String[] words = {"login", site.url(), "--context", "site-of-people", "--ca", folder + "/ca.crt", options[0]
            };
            site.yunqi("", "version"); // so that nothing of an earlier sign-in is read below
            Future<Integer> code = threads.submit(() -> site.yunqi("", words));
            String said = Cloud.await(
                    "where to sign in, or that it is over",
                    PATIENCE,
                    site::err,
                    err -> SHOWN.matcher(err).find() || code.isDone());
            Matcher shown = SHOWN.matcher(said);
            if (shown.find()) {
                new Browser().visit(shown.group(1));
            }
            return code.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
    }

    /** What a person's browser does: follows redirects, keeps cookies, and sends the forms that are shown. */
    private static final class Browser {
        private static final Pattern FORM = Pattern.compile("<form[^>]*action=\"([^\"]+)\"");
        private static final Pattern INPUT = Pattern.compile("name=\"([^\"]+)\" value=\"([^\"]*)\"");

        private final HttpClient client = HttpClient.newBuilder()
                .cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_ALL))
                .version(HttpClient.Version.HTTP_1_1)
                .build();

        String get(String url) throws IOException, InterruptedException {
            return follow(HttpRequest.newBuilder(URI.create(url)).build());
        }

        /** Goes there, and agrees to whatever is asked. */
        void visit(String url) throws IOException, InterruptedException {
            String page = get(url);
            Matcher form = FORM.matcher(page);
            while (form.find()) {
                Map<String, String> fields = new TreeMap<>();
                Matcher input = INPUT.matcher(page);
                while (input.find()) {
                    fields.put(input.group(1), input.group(2));
                }
                StringBuilder body = new StringBuilder();
                fields.forEach((name, value) -> body.append(body.isEmpty() ? "" : "&")
                        .append(name)
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
                page = follow(HttpRequest.newBuilder(URI.create(form.group(1)))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build());
                form = FORM.matcher(page);
            }
        }

        private String follow(HttpRequest first) throws IOException, InterruptedException {
            HttpRequest request = first;
            for (int i = 0; i < REDIRECTS; i++) {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() / 100 != 3) {
                    assertThat(answer.statusCode())
                            .as(request.uri() + ": " + answer.body())
                            .isEqualTo(200);
                    return answer.body();
                }
                URI next = request.uri()
                        .resolve(answer.headers().firstValue("Location").orElseThrow());
                request = HttpRequest.newBuilder(next).build();
            }
            throw new AssertionError("redirects without an end from " + first.uri());
        }
    }
}

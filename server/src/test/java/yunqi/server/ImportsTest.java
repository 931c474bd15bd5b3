package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.drivers.fake.Faults;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.control.Control;
import yunqi.server.control.ImportWork;
import yunqi.server.image.ImportRoutes;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** Imports and what is refused of images, over real HTTPS, with control beside it. */
final class ImportsTest {
    private static final String IMAGE = "/v1/projects/default/images/deb";
    private static final String DIGEST = "sha256:" + "b".repeat(64);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Clock clock = Instant::now;
    private final MemoryStore store = new MemoryStore(clock);
    private final ApiForTests api;
    private final ImportWork work;
    private final Control control;

    ImportsTest() throws Exception {
        api = ApiForTests.on(store, clock);
        work = new ImportWork(store, api.intake());
        control = new Control(store, clock, "test", List.of(work));
        control.start();
    }

    @AfterEach
    void close() throws Exception {
        control.close();
        work.close();
        api.close();
    }

    private static String wish(String more) {
        return "{\"spec\":{\"type\":\"vm\",\"sha256\":\"" + DIGEST + "\"," + more + "}}";
    }

    private Answer part(String path, long offset, byte[] bytes) throws Exception {
        return api.send(api.request(path + "/import/file?offset=" + offset)
                .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build());
    }

    private Answer until(String state) throws Exception {
        return Eventually.within(
                PATIENCE,
                "the import is " + state,
                () -> api.get(IMAGE + "/import"),
                answer -> answer.at("/state").equals(state));
    }

    private static void refused(Answer answer, int status, String code, String words) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.at("/code")).isEqualTo(code);
        assertThat(answer.text()).contains(words);
    }

    private void noFileIsLeft() throws Exception {
        Eventually.within(PATIENCE, "no file is left", () -> api.intake().list(), List::isEmpty);
    }

    @Test
    void aFileIsSentInPartsAndBecomesAnImage() throws Exception {
        Answer begun = api.post(IMAGE + "/import", wish("\"size\":\"1000\""));
        assertThat(begun.status()).as(begun.text()).isEqualTo(202);
        assertThat(begun.at("/state")).isEqualTo("receiving");
        assertThat(part(IMAGE, 0, new byte[600]).at("/received")).isEqualTo("600");
        refused(part(IMAGE, 0, new byte[600]), 409, "wrong-offset", "the file ends at 600");
        refused(part(IMAGE, 600, new byte[401]), 409, "wrong-offset", "more is sent than the 1000");
        Answer again = api.post(IMAGE + "/import", wish("\"size\":\"1000\""));
        assertThat(again.at("/received")).as("asked again, it goes on").isEqualTo("600");
        refused(api.post(IMAGE + "/import", wish("\"size\":\"2000\"")), 409, "import-running", "waits for its file");
        refused(api.get(IMAGE), 404, "not-found", "");
        assertThat(part(IMAGE, 600, new byte[400]).status()).isEqualTo(200);
        assertThat(until("done").at("/image")).isEqualTo(DIGEST);
        Answer image = api.get(IMAGE);
        assertThat(image.at("/spec/repository")).isEqualTo("default/deb");
        assertThat(image.at("/status/visibility")).isEqualTo("project");
        assertThat(api.delete(IMAGE).status()).isEqualTo(202);
        noFileIsLeft();
    }

    @Test
    void anAddressIsFetchedAndTroubleIsTriedAgain() throws Exception {
        api.faults().set("image.fetch", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        api.post(IMAGE + "/import", wish("\"url\":\"https://example.org/deb.qcow2\""));
        Eventually.within(
                PATIENCE,
                "it says what is in the way and when it is tried again",
                () -> api.get(IMAGE + "/import").at("/message"),
                message -> message.contains("image.fetch fails as planned; tried again at"));
        api.faults().clear();
        until("done");
        assertThat(api.get(IMAGE).status()).isEqualTo(200);
        refused(part(IMAGE, 0, new byte[1]), 409, "not-sent", "is fetched from its address");
    }

    @Test
    void whatIsRefusedSaysWhyAndCanBeAskedForAnew() throws Exception {
        api.faults().set("image.finish", new Faults.Fault.Fails(EngineException.Kind.REFUSED));
        api.post(IMAGE + "/import", wish("\"url\":\"https://example.org/deb.qcow2\""));
        assertThat(until("failed").at("/message")).contains("image.finish fails as planned");
        noFileIsLeft();
        refused(api.get(IMAGE), 404, "not-found", "");
        api.faults().clear();
        assertThat(api.post(IMAGE + "/import", wish("\"url\":\"https://example.org/deb.qcow2\""))
                        .at("/state"))
                .isEqualTo("fetching");
        until("done");
    }

    @Test
    void anImportIsGivenUpWithItsFile() throws Exception {
        api.post(IMAGE + "/import", wish("\"size\":\"1000\""));
        part(IMAGE, 0, new byte[600]);
        assertThat(api.delete(IMAGE + "/import").status()).isEqualTo(202);
        refused(api.get(IMAGE + "/import"), 404, "not-found", "nothing is being imported as 'deb'");
        noFileIsLeft();
    }

    @Test
    void anImportDoesNotOutliveItsProject() throws Exception {
        api.put("/v1/projects/shop", "{\"spec\":{}}");
        api.post("/v1/projects/shop/images/x/import", wish("\"size\":\"1000\""));
        part("/v1/projects/shop/images/x", 0, new byte[600]);
        api.delete("/v1/projects/shop/networks/default");
        store.list(Query.all("network")).rows().stream()
                .filter(row -> !row.meta().wanted())
                .forEach(row -> api.must(new Write.Remove(row.id(), row.meta().decision())));
        assertThat(api.delete("/v1/projects/shop").status()).isEqualTo(202);
        Row left = store.list(Query.all("import")).rows().getFirst(); // the sweep would find it, somewhat later
        api.must(new Write.Declare(
                left.id(), left.meta().generation(), left.meta().labels(), left.desired()));
        noFileIsLeft();
    }

    @Test
    void wishesThatCannotBeAreRefusedAtOnce() throws Exception {
        refused(api.post(IMAGE + "/import", wish("\"url\":\"file:///etc/passwd\"")), 422, "bad-value", "spec.url");
        refused(api.post(IMAGE + "/import", wish("\"url\":\"https://u:p@h/\"")), 422, "bad-value", "spec.url");
        refused(api.post(IMAGE + "/import", wish("\"size\":\"9TiB\"")), 422, "too-large", "the most that is taken");
        refused(api.post(IMAGE + "/import", wish("\"size\":\"0\"")), 422, "bad-value", "empty");
        refused(
                api.post(IMAGE + "/import", wish("\"size\":\"1\",\"url\":\"https://h/\"")),
                422,
                "bad-value",
                "either url");
        refused(
                api.post("/v1/projects/none/images/x/import", wish("\"size\":\"1\"")),
                404,
                "not-found",
                "there is no project 'none'");
        api.post(IMAGE + "/import", wish("\"size\":\"100MiB\""));
        // Asks before it sends: who is hung up on while sending may never see the answer.
        Answer answer = api.send(api.request(IMAGE + "/import/file?offset=0")
                .expectContinue(true)
                .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[(int) ImportRoutes.PART + 1]))
                .build());
        refused(answer, 413, "too-large", "larger than");
    }

    @Test
    void anImageIsLookedIntoBeforeItHasAName() throws Exception {
        String path = "/v1/projects/default/images/x";
        String body = "{\"spec\":{\"type\":\"vm\",\"repository\":\"%s\",\"digest\":\"" + DIGEST + "\",\"size\":\"1\"}}";
        refused(api.put(path, body.formatted("other/x")), 422, "not-yours", "in repositories below default/");
        refused(api.put(path, body.formatted("library/x")), 422, "not-yours", "in repositories below default/");
        refused(api.put(path, body.formatted("default-2/x")), 422, "not-yours", "");
        api.faults().set("image.inspect", new Faults.Fault.Fails(EngineException.Kind.REFUSED));
        refused(api.put(path, body.formatted("default/x")), 422, "unfit-image", "image.inspect fails as planned");
        api.faults().set("image.inspect", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        refused(api.put(path, body.formatted("default/x")), 503, "registry-unavailable", "");
        api.faults().clear();
        assertThat(api.put(path, body.formatted("default/x")).status()).isEqualTo(201);
        assertThat(api.put("/v1/projects/library/images/x", body.formatted("default/x"))
                        .at("/status/visibility"))
                .as("an operator publishes it: nothing is copied")
                .isEqualTo("public");
    }
}

package yunqi.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.image.ImportDecided.State;
import yunqi.core.image.Imports.Step;
import yunqi.core.image.Imports.Work;

class ImportsTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final Digest DIGEST = new Digest("sha256:" + "a".repeat(64));
    private static final Bytes NONE = new Bytes(0);

    private static ImportSpec spec(Optional<String> url, Optional<Bytes> size) {
        return new ImportSpec(ImageType.VM, DIGEST, url, size, NONE, "amd64", false, true, "", List.of());
    }

    private static ImportSpec fetched(String url) {
        return spec(Optional.of(url), Optional.empty());
    }

    private static Import of(ImportSpec spec, ImportDecided decided) {
        Meta meta = new Meta(
                new UUID(0, 1),
                Optional.of(new Name("p")),
                new Name("x"),
                Labels.NONE,
                1,
                0,
                0,
                0,
                T0,
                Optional.empty());
        return new Import(meta, spec, decided);
    }

    private static Import fresh(ImportSpec spec) {
        return of(spec, Imports.first(spec, T0));
    }

    @Test
    void aFileThatIsSentIsWaitedForThenLookedThrough() {
        Import it = fresh(spec(Optional.empty(), Optional.of(new Bytes(100))));
        assertThat(it.decided().state()).isEqualTo(State.RECEIVING);
        assertThat(Imports.next(it, new Bytes(99), new Work.None(), T0)).isInstanceOf(Step.Wait.class);
        assertThat(Imports.next(it, new Bytes(100), new Work.None(), T0)).isEqualTo(new Step.Begin());
        assertThat(Imports.next(it, new Bytes(100), new Work.Busy(true), T0))
                .isInstanceOfSatisfying(
                        Step.Note.class,
                        note -> assertThat(note.decided().state()).isEqualTo(State.CHECKING));
    }

    @Test
    void aFileWithAnAddressIsFetchedAtOnce() {
        Import it = fresh(fetched("https://example.org/a.qcow2"));
        assertThat(it.decided().state()).isEqualTo(State.FETCHING);
        assertThat(Imports.next(it, NONE, new Work.None(), T0)).isEqualTo(new Step.Begin());
        assertThat(Imports.next(it, NONE, new Work.Busy(false), T0)).isInstanceOf(Step.Wait.class);
    }

    @Test
    void passingTroubleIsTriedAgainWithGrowingPausesAndRefusalIsNot() {
        Import it = fresh(fetched("https://example.org/a"));
        Work away = new Work.Broken(EngineException.Kind.UNAVAILABLE, "it hung up");
        ImportDecided last = it.decided();
        Duration before = Duration.ZERO;
        for (int i = 1; i <= 3; i++) {
            Step step = Imports.next(of(it.spec(), last), NONE, away, T0);
            last = ((Step.Note) step).decided();
            assertThat(last.state()).isEqualTo(State.FETCHING);
            assertThat(last.failures()).isEqualTo(i);
            assertThat(last.message()).contains("it hung up; tried again at ");
            Duration pause = Duration.between(T0, last.next().orElseThrow());
            assertThat(pause).isGreaterThan(before);
            before = pause;
        }
        Instant next = last.next().orElseThrow();
        assertThat(Imports.next(of(it.spec(), last), NONE, new Work.None(), next.minusMillis(1)))
                .isEqualTo(new Step.Wait(Duration.ofMillis(1)));
        assertThat(Imports.next(of(it.spec(), last), NONE, new Work.None(), next))
                .isEqualTo(new Step.Begin());
        Work no = new Work.Broken(EngineException.Kind.REFUSED, "it has another digest");
        assertThat(Imports.next(it, NONE, no, T0)).isInstanceOfSatisfying(Step.Note.class, note -> {
            assertThat(note.decided().state()).isEqualTo(State.FAILED);
            assertThat(note.decided().message()).isEqualTo("it has another digest");
        });
    }

    @Test
    void everyImportEnds() {
        Instant late = T0.plus(Imports.LIFE);
        Import sent = fresh(spec(Optional.empty(), Optional.of(new Bytes(100))));
        Import fetched = fresh(fetched("http://example.org/"));
        for (Import it : List.of(sent, fetched)) {
            Step step = Imports.next(it, NONE, new Work.None(), late);
            assertThat(((Step.Note) step).decided().state()).isEqualTo(State.FAILED);
        }
        Work away = new Work.Broken(EngineException.Kind.NO_CAPACITY, "no room");
        ImportDecided over = ((Step.Note) Imports.next(fetched, NONE, away, late)).decided();
        assertThat(over.state()).isEqualTo(State.FAILED);
        assertThat(Imports.next(of(fetched.spec(), over), NONE, new Work.None(), late))
                .isInstanceOf(Step.Wait.class);
        assertThat(Imports.next(of(fetched.spec(), over), NONE, new Work.None(), late.plus(Imports.FAILED_KEPT)))
                .isEqualTo(new Step.Remove());
    }

    @Test
    void whatIsMadeIsDeclaredAndKeptForAWhile() {
        Import it = fresh(fetched("https://example.org/a"));
        ImageSpec image = new ImageSpec(ImageType.VM, "p/x", DIGEST, NONE, NONE, "amd64", false, true, "");
        Step.Declare declare = (Step.Declare) Imports.next(it, NONE, new Work.Made(image), T0);
        assertThat(declare.image()).isEqualTo(image);
        assertThat(declare.decided().image()).contains(DIGEST);
        assertThat(Imports.next(of(it.spec(), declare.decided()), NONE, new Work.None(), T0.plus(Imports.DONE_KEPT)))
                .isEqualTo(new Step.Remove());
    }

    @Test
    void onlyAddressesOfWebServersAreTaken() {
        for (String good : List.of(
                "https://cloud.example.org/a/b.qcow2?x=1&y=%20",
                "http://10.0.0.1:8080/", "HTTPS://Example.org", "http://[fd00::1]:80/x")) {
            assertThat(fetched(good).url()).contains(good);
        }
        for (String bad : List.of(
                "file:///etc/passwd",
                "https://user:secret@example.org/",
                "https://",
                "https:///a",
                "ftp://example.org/a",
                "https://example.org/a b",
                "https://example.org/a\r\nHost: b",
                "https://example.org:99999999/",
                "https://exa mple.org/",
                "https://example.org\\@evil.org/",
                "https://example.org/" + "a".repeat(2_000))) {
            assertThatThrownBy(() -> fetched(bad)).as(bad).isInstanceOf(BadValue.class);
        }
        assertThatThrownBy(() -> spec(Optional.empty(), Optional.empty())).isInstanceOf(BadValue.class);
        assertThatThrownBy(() -> spec(Optional.of("http://a/"), Optional.of(new Bytes(1))))
                .isInstanceOf(BadValue.class);
    }
}

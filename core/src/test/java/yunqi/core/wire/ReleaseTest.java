package yunqi.core.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ReleaseTest {
    private static Release release(int number) {
        return new Release(number, "0." + number + ".0");
    }

    @Test
    void neighboursWorkTogetherAndOthersAreToldWhatToDo() {
        for (int agent = 1; agent <= 6; agent++) {
            assertThat(Release.apart(release(3), release(agent)).isEmpty())
                    .as("server 3, agent " + agent)
                    .isEqualTo(agent >= 2 && agent <= 4);
        }
        assertThat(Release.apart(release(3), release(1)).orElseThrow())
                .contains("0.3.0", "0.1.0", "bring this host up to date");
        assertThat(Release.apart(release(3), release(5)).orElseThrow()).contains("bring the server up to date");
    }

    @Test
    void whatIsToldIsReadAndWhatIsNoReleaseIsTheFirst() {
        Release ours = new Release(7, "1.2.3+0123abc");
        assertThat(Release.told(ours.header())).isEqualTo(ours);
        assertThat(Release.told(null).number()).isEqualTo(1);
        for (String none : new String[] {"", "0 0.1", "9999999 1.0", "2", "2 a b", "-1 0.1.0"}) {
            assertThat(Release.told(none).number()).as(none).isEqualTo(1);
        }
    }
}

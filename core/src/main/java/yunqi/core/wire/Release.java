package yunqi.core.wire;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A release of the program: the how-many-eth it is, and what people call it. Server and agents tell each other which they are with every question and answer on the link;
 * an agent one release older or newer than its server works, and one further apart is refused, as nobody ever tried that.
 */
public record Release(int number, String version) {
    private static final String VERSION = "0.1.0";

    /** Raised by one with each release that other releases can tell from this one, whatever that is called; never with anything else. */
    private static final int NUMBER = 1;

    /** The system property that names the build, as the folder does that it runs from. */
    public static final String BUILD = "yunqi.build";

    /** The release that runs here. Its version ends with {@code +} and the build if it was installed by {@code up}. */
    public static final Release OURS = new Release(
            NUMBER,
            VERSION
                    + Optional.ofNullable(System.getProperty(BUILD))
                            .map(build -> "+" + build)
                            .orElse(""));

    /** Of the header by which both ends of the link say which release they are. */
    public static final String HEADER = "Yunqi-Release";

    private static final Release FIRST = new Release(1, "0.1.0"); // said nothing of itself
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,5}) ([0-9A-Za-z.+-]{1,64})");
    private static final int APART = 1;

    /** The header's value. */
    public String header() {
        return number + " " + version;
    }

    /** What the other end said; the first release says nothing, and what is no release is taken for it. */
    public static Release told(@Nullable String header) {
        Matcher matcher = FORM.matcher(header == null ? "" : header);
        return matcher.matches() ? new Release(Integer.parseInt(matcher.group(1)), matcher.group(2)) : FIRST;
    }

    /** Why these two do not work together, in a sentence that says what to do; empty if they do. */
    public static Optional<String> apart(Release server, Release agent) {
        int distance = agent.number - server.number;
        if (Math.abs(distance) <= APART) {
            return Optional.empty();
        }
        return Optional.of(
                "the server is " + server.version + " (release " + server.number + ") and this host's agent "
                        + agent.version + " (release " + agent.number
                        + "), but an agent may be one release older or newer than its server and no more: bring "
                        + (distance < 0 ? "this host" : "the server")
                        + " up to date by the 'yunqi up' of a release in between, one release at a time; what runs goes on running");
    }
}

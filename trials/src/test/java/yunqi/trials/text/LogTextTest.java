package yunqi.trials.text;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** What is quoted in a log's line is part of that line. */
final class LogTextTest {
    private static final String QUOTED =
            "'a\r\n2026-01-01T00:00:00.000Z ERROR Forged\u001b[2J\u0085\u009b2J\u007f\tb 云é'";

    @Test
    void nobodyWritesLinesOfHisOwn() throws Exception {
        List<URL> forms = Collections.list(getClass().getClassLoader().getResources("logback.xml"));
        assertThat(forms).as("the server's and the agent's").hasSize(2);
        for (URL form : forms) {
            LoggerContext context = new LoggerContext();
            JoranConfigurator reader = new JoranConfigurator();
            reader.setContext(context);
            reader.doConfigure(form);
            ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
            assertThat(root.getAppender("out")).isInstanceOf(OutputStreamAppender.class);
            if (root.getAppender("out") instanceof OutputStreamAppender<ILoggingEvent> out) {
                LoggingEvent event = new LoggingEvent("", root, Level.WARN, "it said {}", null, new Object[] {QUOTED});
                String line = new String(out.getEncoder().encode(event), StandardCharsets.UTF_8);
                assertThat(line)
                        .endsWith(" it said 'a 2026-01-01T00:00:00.000Z ERROR Forged [2J 2J \tb 云é'\n")
                        .hasLineCount(1);
            }
            context.stop();
        }
    }
}

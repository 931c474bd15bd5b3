package yunqi.agent.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.RestartPolicy;

/** What is answered to whom, without any network. */
final class AnswersTest {
    private static final String TOKEN = "X-aws-ec2-metadata-token: ";
    private static final String TTL = "X-aws-ec2-metadata-token-ttl-seconds: ";
    private static final Assignment WEB = Guest.with(
            "web",
            Optional.of("#!/bin/sh\necho \"$HOME\" <&> ''\n"),
            List.of("ssh-ed25519 AAAA one", "ssh-ed25519 BBBB it's \"two\""),
            Guest.nic(1, "10.0.0.5"),
            Guest.nic(2, "10.9.0.7"));
    private static final Assignment DB = Guest.at("db", Guest.nic(1, "10.0.0.6"));

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Answers answers = new Answers(new Tokens(new byte[32], () -> now));

    private Reply ask(Assignment asker, String line, String... headers) throws Request.Bad {
        return ask(Optional.of(asker), line, headers);
    }

    private Reply ask(Optional<Assignment> asker, String line, String... headers) throws Request.Bad {
        String head = line + " HTTP/1.1" + (headers.length == 0 ? "" : "\r\n" + String.join("\r\n", headers));
        return answers.answer(Request.parse(head), asker);
    }

    private String told(Assignment asker, String path) throws Request.Bad {
        Reply reply = ask(asker, "GET " + path);
        assertThat(reply.status()).as(path + ": " + reply.body()).isEqualTo(200);
        return reply.body();
    }

    /** Reads the tree as programs do: whatever is listed can be read. */
    private void crawl(String folder, StringBuilder text) throws Request.Bad {
        for (String name : told(WEB, folder).split("\n", -1)) {
            int mark = name.indexOf('='); // a key: its number, and a name to be shown
            if (name.endsWith("/")) {
                crawl(folder + name, text);
            } else if (mark >= 0) {
                crawl(folder + name.substring(0, mark) + "/", text);
            } else {
                text.append("== ").append(folder).append(name).append('\n');
                text.append(told(WEB, folder + name)).append('\n');
            }
        }
    }

    @Test
    void anInstanceIsToldAllOfThis() throws Exception {
        StringBuilder text = new StringBuilder();
        crawl("/latest/", text);
        crawl("/nocloud/", text);
        try (var golden = AnswersTest.class.getResourceAsStream("answers.txt")) {
            assertThat(golden).as("answers.txt beside this class").isNotNull();
            assertThat(text.toString()).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void everyVersionSaysTheSame() throws Exception {
        String listed = told(WEB, "/");
        for (String version : List.of("2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest", "1.0")) {
            assertThat(listed.split("\n", -1)).contains(version);
            assertThat(told(WEB, "/" + version + "/meta-data/local-ipv4")).isEqualTo("10.0.0.5");
        }
        assertThat(ask(WEB, "GET /2031-01-01/meta-data/").status()).isEqualTo(404);
        assertThat(told(WEB, "/latest/meta-data")).isEqualTo(told(WEB, "//latest//meta-data/?x=1"));
        assertThat(told(WEB, "/latest/meta-data/public-keys/")).isEqualTo("0=key-0\n1=key-1");
        assertThat(told(WEB, "/latest/meta-data/public-keys/0")).isEqualTo("openssh-key");
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        for (String path : List.of(
                "/latest/user-data",
                "/latest/meta-data/public-keys",
                "/latest/meta-data/loc",
                "/latest/meta-data/local-ipv4/",
                "/nocloud/seed",
                "/nocloudy",
                "/latest/../nocloud/meta-data",
                "/latest/meta-data/iam/security-credentials/")) {
            assertThat(ask(DB, "GET " + path).status()).as(path).isEqualTo(404);
        }
        assertThat(told(DB, "/nocloud/user-data")).isEqualTo("#cloud-config\n{}\n"); // cloud-init needs one
    }

    /** An agent that was updated before its server knows less, and says only what it knows. */
    @Test
    void withoutNamesOfAnOldServerTheRestIsTold() throws Exception {
        Assignment old = new Assignment(WEB.plan(), Assignment.Wanted.RUNNING, 1, RestartPolicy.ALWAYS, 0, "");
        assertThat(told(old, "/latest/meta-data/ami-id")).startsWith("sha256:");
        assertThat(ask(old, "GET /latest/meta-data/placement/availability-zone").status())
                .isEqualTo(404);
        assertThat(told(old, "/latest/dynamic/instance-identity/document")).doesNotContain("instanceType");
    }

    @Test
    void aTokenIsGoodForItsInstanceUntilItEnds() throws Exception {
        Reply given = ask(WEB, "PUT /latest/api/token", TTL + "60", "Content-Length: 0");
        assertThat(given.status()).isEqualTo(200);
        assertThat(given.headers()).containsEntry("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60");
        String id = "GET /latest/meta-data/instance-id";
        assertThat(ask(WEB, id, TOKEN + given.body()).status()).isEqualTo(200);
        assertThat(ask(DB, id, TOKEN + given.body()).status()).as("another's").isEqualTo(401);
        String changed =
                (given.body().startsWith("B") ? "C" : "B") + given.body().substring(1);
        for (String bad : List.of("", "x", "%", changed, given.body() + "AAAA")) {
            assertThat(ask(WEB, id, TOKEN + bad).status()).as(bad).isEqualTo(401);
        }
        now = now.plusSeconds(60);
        assertThat(ask(WEB, id, TOKEN + given.body()).status()).as("it ended").isEqualTo(401);
        assertThat(ask(WEB, id).status()).as("the first version needs none").isEqualTo(200);
        now = now.minus(Duration.ofHours(7));
        assertThat(ask(WEB, id, TOKEN + given.body()).status()).as("set back").isEqualTo(401);
    }

    @Test
    void aTokenIsAskedForAsEc2Says() throws Exception {
        for (String seconds : List.of("0", "21601", "-1", "x", "", "99999999999999999999")) {
            assertThat(ask(WEB, "PUT /latest/api/token", TTL + seconds).status())
                    .as(seconds)
                    .isEqualTo(400);
        }
        assertThat(ask(WEB, "PUT /latest/api/token").status()).isEqualTo(400);
        assertThat(ask(WEB, "GET /latest/api/token", TTL + "60").status()).isEqualTo(405);
        assertThat(ask(WEB, "PUT /latest/meta-data/", TTL + "60").status()).isEqualTo(405);
        assertThat(ask(WEB, "POST /latest/user-data").status()).isEqualTo(405);
    }

    @Test
    void whoIsNoInstanceOfThisHostIsToldNothing() throws Exception {
        assertThat(ask(Optional.empty(), "GET /").status()).isEqualTo(404);
        assertThat(ask(Optional.empty(), "PUT /latest/api/token", TTL + "60").status())
                .isEqualTo(404);
    }

    @Test
    void aProxyThatAsksForSomebodyElseIsRefused() throws Exception {
        String forwarded = "x-forwarded-FOR: 10.0.0.9";
        assertThat(ask(WEB, "GET /latest/user-data", forwarded).status()).isEqualTo(403);
        assertThat(ask(WEB, "PUT /latest/api/token", TTL + "60", forwarded).status())
                .isEqualTo(403);
    }

    @Test
    void whatIsNoRequestOfOursIsRefused() {
        assertThat(refused("GET http://169.254.169.254/ HTTP/1.1")).isEqualTo(400);
        assertThat(refused("GET /a b HTTP/1.1")).isEqualTo(400);
        assertThat(refused("GET / HTTP/2.0")).isEqualTo(400);
        assertThat(refused("")).isEqualTo(400);
        assertThat(refused("GET / HTTP/1.1\r\nno header")).isEqualTo(400);
        assertThat(refused("GET / HTTP/1.1\r\na: \0")).isEqualTo(400);
        assertThat(refused("GET / HTTP/1.1\r\na: 1\r\nA: 2")).isEqualTo(400);
        assertThat(refused("GET / HTTP/1.1\r\nContent-Length: 3")).isEqualTo(413);
        assertThat(refused("GET / HTTP/1.1\r\nTransfer-Encoding: chunked")).isEqualTo(413);
        StringBuilder many = new StringBuilder("GET / HTTP/1.1");
        for (int i = 0; i <= Request.HEADER_LIMIT; i++) {
            many.append("\r\nh").append(i).append(": x");
        }
        assertThat(refused(many.toString())).isEqualTo(431);
    }

    private static int refused(String head) {
        return catchThrowableOfType(Request.Bad.class, () -> Request.parse(head))
                .status();
    }
}

package yunqi.trials.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The image that people really use, as a VM and as a container: they boot, they know their names, each other's, their keys and what their user wanted
 * done. Boots a whole Debian, which an emulated processor takes minutes for.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DebianIT {
    private static final Duration BOOT = Duration.ofMinutes(12);
    private static final Duration ANSWER = Duration.ofMinutes(2); // a login spawns a dozen programs, each emulated

    private static Cloud cloud;

    @BeforeAll
    static void up() throws IOException {
        Path machine = Built.image("debian-12");
        Path container = Built.image("debian-12-container");
        cloud = Cloud.up("--bare");
        cloud.yunqi("image", "build", "debian-12", "--built", machine.toString())
                .mustSucceed();
        cloud.yunqi("image", "build", "debian-12-container", "--built", container.toString())
                .mustSucceed();
    }

    @AfterAll
    static void purge() {
        cloud.close();
    }

    @Test
    @Order(1)
    void aContainerOfDebianRuns() {
        cloud.yunqi(
                        "instance",
                        "create",
                        "box",
                        "--type",
                        "container",
                        "--image",
                        "debian-12-container",
                        "--command",
                        "sleep infinity",
                        "--wait")
                .mustSucceed();
        assertThat(
                        exec(
                                "box",
                                "cat /etc/os-release; hostname; hostname -i 2>&1; ip -4 -o addr show eth0; cat /etc/resolv.conf"))
                .contains("bookworm", "box", address("box"), "search default.internal");
        assertThat(exec("box", "ps -e -o args | head -3")).contains("sleep infinity");
    }

    @Test
    @Order(2)
    void aMachineOfDebianBootsAndEndsItsFirstBootWell() throws Exception {
        Path key = cloud.root().resolve("key");
        Run.of(
                        Duration.ofSeconds(20),
                        Map.of(),
                        List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()))
                .mustSucceed();
        Path data = cloud.root().resolve("user-data");
        Files.writeString(data, userData(Files.readString(key)));
        cloud.yunqi(
                        "instance",
                        "create",
                        "deb",
                        "--type",
                        "vm",
                        "--image",
                        "debian-12",
                        "--flavor",
                        "small",
                        "--key",
                        key + ".pub",
                        "--user-data",
                        data.toString(),
                        "--wait=12m")
                .mustSucceed();
        Cloud.await(
                "user-data has run",
                BOOT,
                () -> cloud.yunqi("instance", "logs", "deb").mustSucceed().output(),
                log -> log.contains("user-data-ran-42"));
    }

    @Test
    @Order(3)
    void itsConsoleTakesALoginAndShowsThatAllIsInPlace() throws Exception {
        try (Typing console = new Typing(
                cloud.environment(),
                cloud.inside(List.of(Cloud.home().resolve("yunqi").toString(), "instance", "console", "deb")))) {
            console.type("\n");
            console.await("deb login:", 0, ANSWER);
            int asked = console.shown().length();
            console.type("debian\n");
            console.await("Password:", asked, ANSWER);
            asked = console.shown().length();
            console.type("first-light\n");
            console.await("debian@deb:", asked, ANSWER);
            // An address that DHCP gave would be "dynamic", and last for half a day.
            assertThat(console.run("hostname; cat /sys/class/net/eth0/mtu; ip -4 -o addr show eth0", ANSWER))
                    .contains("deb", address("deb") + "/24", "1442", "valid_lft forever")
                    .doesNotContain("dynamic");
            assertThat(console.run("ip route", ANSWER)).contains("default via 10.0.0.1");
            assertThat(console.run("cat /etc/resolv.conf", ANSWER))
                    .contains("nameserver 10.0.0.1", "search default.internal");
            assertThat(console.run("ping -c1 box && ping -c1 box.default.internal", ANSWER))
                    .contains("PING box.default.internal (" + address("box") + ")", "end-42-0");
            assertThat(console.run(
                            "ssh -o StrictHostKeyChecking=no -o BatchMode=yes -i .ssh/own debian@deb echo by-\\$USER",
                            ANSWER))
                    .contains("by-debian");
            // The disk is 2 GiB as it is shipped; the flavor gives 4.
            assertThat(console.run("test $(df --output=size -B1M / | tail -1) -gt 3700 && echo grown", ANSWER))
                    .contains("end-42-0");
            assertThat(console.run("sudo cloud-init status --wait", ANSWER)).contains("status: done");
            assertThat(console.run("echo failed: $(systemctl --failed --no-legend | wc -l) units", ANSWER))
                    .contains("failed: 0 units");
            assertThat(console.run("sudo python3 /run/ask.py", ANSWER)).contains(asked(), "end-42-0");
            assertThat(console.leave()).isZero();
        }
    }

    @Test
    @Order(4)
    void othersReachItByName() {
        assertThat(exec("box", "ping -c1 deb && ping -c1 deb.default.internal"))
                .contains("(" + address("deb") + ")", "1 received");
    }

    /** What the guest's own cloud-init finds when it asks the metadata service instead of its seed, both as on EC2 (with a token) and as NoCloud. */
    private static String asked() {
        JsonNode instance = cloud.json("instance", "show", "deb");
        return "token: True, id: " + instance.at("/id").asText() + ", name: deb deb, address: " + address("deb")
                + ", zone: zone-1, type: small, image: debian-12, keys: True, data: True True";
    }

    /** Lets the real cloud-init ask. It insists on a token only where it believes to be on EC2 itself. */
    private static final String ASK = """
            from cloudinit import distros, helpers
            from cloudinit.sources import DataSourceEc2, DataSourceNoCloud

            class Ec2(DataSourceEc2.DataSourceEc2):
                def _get_cloud_name(self):
                    return "aws"

            paths = helpers.Paths({"cloud_dir": "/run/asked", "run_dir": "/run/asked"})
            distro = distros.fetch("debian")("debian", {}, paths)
            service = "http://169.254.169.254"
            ec2 = Ec2({"datasource": {"Ec2": {"metadata_urls": [service], "max_wait": 60}}}, distro, paths)
            source = {"seedfrom": service + "/nocloud/", "fs_label": None}
            nocloud = DataSourceNoCloud.DataSourceNoCloudNet({"datasource": {"NoCloud": source}}, distro, paths)
            assert ec2._get_data() and nocloud._get_data()
            assert ec2.get_instance_id() == nocloud.get_instance_id()
            seed = open("/var/lib/cloud/instance/user-data.txt", "rb").read()
            own = open("/home/debian/.ssh/authorized_keys").read().split()
            keys = ec2.get_public_ssh_keys()
            print(
                f"token: {bool(ec2._api_token)}, id: {ec2.get_instance_id()}, "
                f"name: {ec2.get_hostname().hostname} {nocloud.get_hostname().hostname}, "
                f"address: {ec2.metadata['local-ipv4']}, zone: {ec2.availability_zone}, "
                f"type: {ec2.metadata['instance-type']}, image: {ec2.metadata['ami-id']}, "
                f"keys: {keys == nocloud.get_public_ssh_keys() and keys[0].split()[1] in own}, "
                f"data: {ec2.userdata_raw == seed} {nocloud.userdata_raw == seed}"
            )
            """;

    private static String userData(String key) {
        return "#cloud-config\n"
                + "password: first-light\n"
                + "chpasswd: {expire: false}\n"
                + "write_files:\n"
                + file("/run/own", key)
                + file("/run/ask.py", ASK)
                + "runcmd:\n"
                + "  - install -D -o debian -g debian -m 600 /run/own /home/debian/.ssh/own\n"
                + "  - echo user-data-ran-$((6*7)) > /dev/ttyS0\n";
    }

    private static String file(String path, String text) {
        return "  - path: " + path + "\n    content: |\n      " + text.strip().replace("\n", "\n      ") + "\n";
    }

    private static String exec(String name, String line) {
        return cloud.yunqi("instance", "exec", name, "--", "sh", "-c", line)
                .mustSucceed()
                .output();
    }

    private static String address(String name) {
        JsonNode instance = cloud.json("instance", "show", name);
        return instance.at("/status/addresses/0").asText();
    }
}

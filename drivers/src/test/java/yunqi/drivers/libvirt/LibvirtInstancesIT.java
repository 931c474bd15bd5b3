package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.within;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.instance.Session;
import yunqi.core.network.Attachment;
import yunqi.core.wire.Digests;
import yunqi.drivers.contract.SessionContract;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemons;

/** The contract on a real libvirtd with emulated guests; needs root and the packages that a host needs. */
final class LibvirtInstancesIT extends SessionContract {
    private static Rig rig;
    private final List<LibvirtInstances> reopened = new ArrayList<>();

    @BeforeAll
    static void open() throws Exception {
        rig = Rig.open("vms");
    }

    @AfterAll
    static void close() throws Exception {
        rig.close();
    }

    @AfterEach
    void closeReopened() {
        reopened.forEach(LibvirtInstances::close);
    }

    @Override
    protected InstanceDriver driver() {
        return rig.driver;
    }

    @Override
    protected InstanceDriver reopened() {
        LibvirtInstances again = rig.driver();
        reopened.add(again);
        return again;
    }

    @Override
    protected LocalImage image() {
        return rig.image();
    }

    @Override
    protected InstancePlan staying(InstanceId id) {
        return Rig.plan(id, Optional.empty());
    }

    @Override
    protected Optional<Ending> ending(InstanceId id) {
        return Optional.of(new Ending(Rig.plan(id, Optional.of("#!/bin/sh\npoweroff -f\n")), Optional.empty()));
    }

    @Override
    protected Duration patience() {
        return Rig.PATIENCE;
    }

    @Override
    protected String greeting() {
        return "yunqi: ready";
    }

    @Override
    protected boolean executes() {
        return false;
    }

    @Override
    protected List<Attachment> attachments(InstancePlan plan) throws EngineException {
        return Rig.taps(plan);
    }

    private InstanceId ready() throws Exception {
        return ready(running());
    }

    private InstanceId ready(InstanceId id) throws Exception {
        within(patience(), "the guest is ready", () -> found(id).guestReady());
        return id;
    }

    /** Types a line at the console and gives back what comes out until {@code until} does. */
    private String type(InstanceId id, String line, String until) throws Exception {
        try (Session console = driver().console(id)) {
            console.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            StringBuilder all = new StringBuilder();
            while (all.indexOf(until) < 0) {
                Session.Chunk chunk = console.read().orElseThrow(() -> new AssertionError("ended after: " + all));
                all.append(StandardCharsets.UTF_8.decode(chunk.bytes()));
            }
            return all.toString();
        }
    }

    @Test
    void theGuestHasItsNameAddressAndSearchDomainFromTheSeed() throws Exception {
        InstanceId id = newId();
        String evil =
                "#cloud-config\n# '\"$(id)`id`</cdrom>]]>&amp;\r\n\t\u0001\u001b[2J\u007f\u009b云😀 key: [&a *a] ../../etc/passwd\n";
        InstancePlan plan = Rig.plan(id, Optional.of(evil));
        create(plan);
        driver().start(id);
        ready(id);
        String said = type(
                id,
                "hostname; ip addr show eth0; ip route; cat /etc/resolv.conf; sha256sum /seed/user-data; echo e''nd",
                "end");
        assertThat(said)
                .contains(plan.name().value())
                .contains(plan.nics().getFirst().ip() + "/24")
                .contains("mtu 1442")
                .contains("default via 10.9.0.1")
                .contains("search default.internal")
                .contains("nameserver 10.9.0.1")
                .as("user-data is what the tenant wrote, to the byte")
                .contains(Digests.of(evil.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void twoViewersShareOneConsole() throws Exception {
        InstanceId id = ready();
        try (Session watching = driver().console(id)) {
            type(id, "echo sha''red", "shared");
            StringBuilder all = new StringBuilder();
            while (all.indexOf("shared") < 0) {
                all.append(StandardCharsets.UTF_8.decode(
                        watching.read().orElseThrow().bytes()));
            }
        }
    }

    @Test
    void aGracefulStopEndsTheGuestInOrderWithinItsGrace() throws Exception {
        InstanceId id = ready();
        type(id, "echo kept > /data/word; sync; echo wri''tten", "written");
        driver().stop(id, Duration.ofSeconds(30));
        assertThat(found(id).state()).isEqualTo(Found.State.EXITED);
        try (Session logs = driver().logs(id, 3, false)) {
            StringBuilder all = new StringBuilder();
            for (var chunk = logs.read(); chunk.isPresent(); chunk = logs.read()) {
                all.append(StandardCharsets.UTF_8.decode(chunk.get().bytes()));
            }
            assertThat(all).contains("Power down");
        }
        driver().start(id);
        within(patience(), "the guest is ready again", () -> found(id).guestReady());
        assertThat(type(id, "cat /data/word; echo e''nd", "end")).contains("kept");
    }

    @Test
    void killingLibvirtdTouchesNoGuestAndARestartFindsThem() throws Exception {
        InstanceId id = ready();
        Found before = found(id);
        long guest = emulator(id);
        ProcessHandle daemon =
                ProcessHandle.of(Daemons.pid(rig.libvirtd()).orElseThrow()).orElseThrow();
        daemon.descendants().filter(process -> process.pid() != guest).forEach(ProcessHandle::destroyForcibly);
        daemon.destroyForcibly();
        within(patience(), "libvirtd is dead", () -> !Daemons.running(rig.libvirtd()));
        assertThat(ProcessHandle.of(guest)).isPresent();
        rig.startDaemons();
        within(patience(), "it is found as it was", () -> found(id).equals(before));
        assertThat(emulator(id)).isEqualTo(guest);
        assertThat(type(id, "echo still he''re", "here")).contains("still");
        driver().stop(id, Duration.ofSeconds(30));
        assertThat(found(id).state()).isEqualTo(Found.State.EXITED);
    }

    @Test
    void aKilledGuestIsSeenToHaveEndedAndWakesTheWatch() throws Exception {
        InstanceId id = ready();
        var woken = java.util.concurrent.ConcurrentHashMap.<InstanceId>newKeySet();
        try (AutoCloseable watch = driver().watch(woken::add)) {
            assertThat(watch).isNotNull();
            ProcessHandle.of(emulator(id)).orElseThrow().destroyForcibly();
            within(patience(), "the watch is woken", () -> woken.contains(id));
            awaitState(id, Found.State.EXITED);
        }
    }

    @Test
    void aTapThatVanishedUnderARunningGuestIsPluggedAnew() throws Exception {
        InstanceId id = ready();
        InstancePlan plan = Rig.plan(id, Optional.empty());
        String tap = "yql" + plan.nics().getFirst().port().brief();
        Path carrier = Path.of("/sys/class/net", tap, "carrier");
        assertThat(Files.readString(carrier).strip()).isEqualTo("1");
        Command.must(Duration.ofSeconds(10), List.of("ip", "link", "del", tap));
        List<Attachment> again = Rig.taps(plan);
        assertThat(Files.readString(carrier).strip())
                .as("nobody holds the new one")
                .isEqualTo("0");

        Assignment assignment = new Assignment(plan, Assignment.Wanted.RUNNING, 1, RestartPolicy.ALWAYS, 0, "same");
        driver().replug(assignment, again);
        within(
                patience(),
                "the emulator holds the new tap",
                () -> Files.readString(carrier).strip().equals("1"));
        assertThat(type(id, "cat /sys/class/net/*/address; echo en''d", "end\r\n"))
                .as("the guest finds it with the same address")
                .contains(plan.nics().getFirst().mac().toString());
        driver().replug(assignment, again);
        assertThat(found(id).state()).isEqualTo(Found.State.RUNNING);
    }

    @Test
    void aSecondEngineOnTheSameMachineIsNotMet() throws Exception {
        InstanceId id = running();
        try (Rig other = Rig.open("two")) {
            assertThat(other.driver.list()).isEmpty();
            InstanceId there = newId();
            InstancePlan plan = staying(there);
            other.driver.create(assignment(plan, 1), other.image(), Rig.taps(plan));
            other.driver.start(there);
            within(
                    patience(),
                    "the guest there is ready",
                    () -> other.driver.find(there).orElseThrow().guestReady());
            assertThat(driver().list()).extracting(Found::id).containsExactly(id);
            assertThat(other.driver.list()).extracting(Found::id).containsExactly(there);
            other.driver.remove(there);
        }
        assertThat(found(id).state()).isEqualTo(Found.State.RUNNING);
    }

    @Test
    void aHalfMadeInstanceIsListedAndCanBeRemoved() throws Exception {
        InstanceId id = newId();
        Path folder = rig.place.instances().resolve(id.toString());
        Files.createDirectories(folder);
        assertThat(found(id).applied()).isEmpty();
        assertThat(driver().list()).extracting(Found::id).contains(id);
        driver().remove(id);
        assertThat(folder).doesNotExist();
    }

    @Test
    void nothingIsLeftOfARemovedInstance() throws Exception {
        InstanceId id = ready();
        long guest = emulator(id);
        driver().remove(id);
        assertThat(rig.place.instances().resolve(id.toString())).doesNotExist();
        within(
                patience(),
                "the emulator is gone",
                () -> ProcessHandle.of(guest).map(p -> !p.isAlive()).orElse(true));
        try (var files = Files.walk(rig.place.data())) {
            assertThat(files.map(Path::toString)
                            .filter(path -> path.contains("etc/libvirt/qemu") && path.contains(id.toString())))
                    .isEmpty();
        }
    }

    private long emulator(InstanceId id) throws Exception {
        return Long.parseLong(Files.readString(rig.root.resolve("run/libvirt/qemu/yq-" + id + ".pid"))
                .strip());
    }
}

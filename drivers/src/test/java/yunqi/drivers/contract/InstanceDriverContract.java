package yunqi.drivers.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;
import static yunqi.drivers.contract.Eventually.staysFor;
import static yunqi.drivers.contract.Eventually.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.Attachment;
import yunqi.core.wire.Digests;

/**
 * What every {@link InstanceDriver} does with instances' lives; sessions are in {@link SessionContract}. A real engine may be slow:
 * {@link #patience} bounds every wait. Instances made here are removed after each test; a suite for a real engine removes in its own set-up
 * what an earlier, killed run left.
 */
public abstract class InstanceDriverContract {
    /** How long the engine gets to end an instance on request before it ends it by force. */
    protected static final Duration GRACE = Duration.ofSeconds(2);

    private static final Duration MOMENT = Duration.ofMillis(500); // for what must not happen
    private final List<InstanceId> made = new ArrayList<>();

    /** One that ends by itself soon after its start, and the exit code that is seen then (empty where the engine cannot know it). */
    public record Ending(InstancePlan plan, Optional<Integer> exitCode) {}

    /** The driver under test, on an engine that runs. The same object within one test. */
    protected abstract InstanceDriver driver();

    /** Another driver object on the same engine, as after a restart of the agent. */
    protected abstract InstanceDriver reopened();

    /** The image that the plans name, here and verified. */
    protected abstract LocalImage image();

    /** A plan of an instance that runs until it is stopped, and prints {@link #greeting} on a line of its own after its start. */
    protected abstract InstancePlan staying(InstanceId id);

    /** A plan of an instance that ends by itself; empty if this engine's image cannot. */
    protected abstract Optional<Ending> ending(InstanceId id);

    /** How long anything may take here. */
    protected abstract Duration patience();

    /** A word that an instance prints after its start. */
    protected abstract String greeting();

    /** Makes the instance's ports and says how to reach them; called before each create, also when they are there. */
    protected List<Attachment> attachments(InstancePlan plan) throws EngineException {
        return List.of();
    }

    /** Puts something into the engine that isn't ours, and gives back what removes it; empty if that is impossible. */
    protected Optional<AutoCloseable> stranger() throws Exception {
        return Optional.empty();
    }

    /** The same instance, planned differently. */
    protected InstancePlan changed(InstancePlan plan) {
        FlavorSpec shape = plan.shape();
        return new InstancePlan(
                plan.id(),
                plan.project(),
                plan.name(),
                plan.type(),
                new FlavorSpec(shape.vcpus(), shape.memory().plus(Bytes.mebibytes(16)), shape.disk()),
                plan.image(),
                plan.agent(),
                plan.cloudInit(),
                plan.nics(),
                plan.command(),
                plan.env(),
                plan.userData(),
                plan.keys());
    }

    /** An id whose instance is removed after the test. */
    protected final InstanceId newId() {
        InstanceId id = new InstanceId(UUID.randomUUID());
        made.add(id);
        return id;
    }

    protected final Assignment assignment(InstancePlan plan, long epoch) {
        return new Assignment(plan, Assignment.Wanted.RUNNING, epoch, RestartPolicy.ALWAYS, 0, Digests.of(plan));
    }

    protected final Found found(InstanceId id) throws EngineException {
        return driver().find(id).orElseThrow(() -> new AssertionError("the engine has no " + id));
    }

    protected final Assignment create(InstancePlan plan) throws EngineException {
        Assignment assignment = assignment(plan, 1);
        driver().create(assignment, image(), attachments(plan));
        return assignment;
    }

    /** Makes and starts an instance that stays, and waits until it runs. */
    protected final InstanceId running() throws Exception {
        InstanceId id = newId();
        create(staying(id));
        driver().start(id);
        awaitState(id, Found.State.RUNNING);
        return id;
    }

    protected final void awaitState(InstanceId id, Found.State state) throws Exception {
        within(patience(), id + " is " + state, () -> found(id).state() == state);
    }

    @AfterEach
    void removeWhatWasMade() throws Exception {
        for (InstanceId id : made) {
            within(patience(), id + " is removed", () -> {
                driver().remove(id);
                return driver().find(id).isEmpty();
            });
        }
    }

    @Test
    void createMakesItWithoutStartingIt() throws Exception {
        InstanceId id = newId();
        Assignment assignment = create(staying(id));
        Found found = found(id);
        assertThat(found.state()).isEqualTo(Found.State.CREATED);
        assertThat(found.epoch()).isEqualTo(1);
        assertThat(found.applied()).isEqualTo(assignment.applied());
        assertThat(found.started()).isEmpty();
        assertThat(found.guestReady()).isFalse();
        assertThat(driver().list()).contains(found);
    }

    @Test
    void createAgainChangesNothing() throws Exception {
        InstanceId id = newId();
        create(staying(id));
        Found before = found(id);
        create(staying(id));
        assertThat(found(id)).isEqualTo(before);
    }

    @Test
    void createAgainLeavesARunningInstanceAlone() throws Exception {
        InstanceId id = running();
        Optional<Instant> started = found(id).started();
        create(staying(id));
        assertThat(found(id).state()).isEqualTo(Found.State.RUNNING);
        assertThat(found(id).started()).isEqualTo(started);
    }

    @Test
    void createWithAnotherPlanMakesItAnew() throws Exception {
        InstanceId id = newId();
        create(staying(id));
        Assignment other = assignment(changed(staying(id)), 2);
        driver().create(other, image(), attachments(other.plan()));
        assertThat(found(id).applied()).isEqualTo(other.applied());
        assertThat(found(id).epoch()).isEqualTo(2);
        assertThat(driver().list().stream().filter(f -> f.id().equals(id))).hasSize(1);
    }

    @Test
    void createWithAnotherPlanAfterItRanMakesItAnew() throws Exception {
        InstanceId id = running();
        driver().stop(id, GRACE);
        awaitState(id, Found.State.EXITED);
        Assignment other = create(changed(staying(id)));
        assertThat(found(id).applied()).isEqualTo(other.applied());
        assertThat(found(id).state()).isNotEqualTo(Found.State.RUNNING);
        driver().start(id);
        awaitState(id, Found.State.RUNNING);
    }

    @Test
    void createWithAnotherPlanWhileItRunsIsBusy() throws Exception {
        InstanceId id = running();
        Assignment other = assignment(changed(staying(id)), 2);
        complains(EngineException.Kind.BUSY, () -> driver().create(other, image(), attachments(staying(id))));
        assertThat(found(id).state()).isEqualTo(Found.State.RUNNING);
        assertThat(found(id).applied()).isNotEqualTo(other.applied());
    }

    @Test
    void aStartedInstanceRunsAndItsGuestBecomesReady() throws Exception {
        InstanceId id = running();
        assertThat(found(id).started()).isPresent();
        assertThat(found(id).finished()).isEmpty();
        assertThat(found(id).exitCode()).isEmpty();
        within(patience(), "the guest is ready", () -> found(id).guestReady());
    }

    @Test
    void startOfARunningInstanceDoesNothing() throws Exception {
        InstanceId id = running();
        Optional<Instant> started = found(id).started();
        driver().start(id);
        assertThat(found(id).started()).isEqualTo(started);
    }

    @Test
    void startOfWhatIsNotThereIsRefused() throws Exception {
        complains(EngineException.Kind.REFUSED, () -> driver().start(newId()));
    }

    @Test
    void aStoppedInstanceHasEndedAndStaysSo() throws Exception {
        InstanceId id = running();
        driver().stop(id, GRACE);
        awaitState(id, Found.State.EXITED);
        assertThat(found(id).finished()).isPresent();
        assertThat(found(id).guestReady()).isFalse();
        staysFor(MOMENT, "the engine does not start it again", () -> found(id).state() == Found.State.EXITED);
    }

    @Test
    void stopOfWhatDoesNotRunDoesNothing() throws Exception {
        InstanceId id = newId();
        create(staying(id));
        driver().stop(id, GRACE);
        assertThat(found(id).state()).isEqualTo(Found.State.CREATED);
    }

    @Test
    void stopTwiceDoesNothingMore() throws Exception {
        InstanceId id = running();
        driver().stop(id, GRACE);
        awaitState(id, Found.State.EXITED);
        Found before = found(id);
        driver().stop(id, GRACE);
        assertThat(found(id)).isEqualTo(before);
    }

    @Test
    void stopOfWhatIsNotThereDoesNothing() throws Exception {
        InstanceId id = newId();
        driver().stop(id, GRACE);
        assertThat(driver().find(id)).isEmpty();
    }

    @Test
    void aStoppedInstanceStartsAgain() throws Exception {
        InstanceId id = running();
        driver().stop(id, GRACE);
        awaitState(id, Found.State.EXITED);
        driver().start(id);
        awaitState(id, Found.State.RUNNING);
        within(patience(), "the guest is ready again", () -> found(id).guestReady());
    }

    @Test
    void anInstanceThatEndsByItselfIsSeenToHaveEnded() throws Exception {
        InstanceId id = newId();
        Optional<Ending> ending = ending(id);
        if (ending.isEmpty()) {
            return; // This engine's image has nothing that ends.
        }
        create(ending.get().plan());
        driver().start(id);
        awaitState(id, Found.State.EXITED);
        assertThat(found(id).exitCode()).isEqualTo(ending.get().exitCode());
        assertThat(found(id).finished()).isPresent();
        staysFor(MOMENT, "the engine does not start it again", () -> found(id).state() == Found.State.EXITED);
        driver().start(id);
        awaitState(id, Found.State.EXITED);
    }

    @Test
    void aRunningInstanceIsRemoved() throws Exception {
        InstanceId id = running();
        driver().remove(id);
        assertThat(driver().find(id)).isEmpty();
        assertThat(driver().list()).noneMatch(f -> f.id().equals(id));
    }

    @Test
    void removeTwiceDoesNothingMore() throws Exception {
        InstanceId id = newId();
        create(staying(id));
        driver().remove(id);
        driver().remove(id);
        assertThat(driver().find(id)).isEmpty();
    }

    @Test
    void removeOfWhatWasNeverThereDoesNothing() throws Exception {
        InstanceId id = newId();
        driver().remove(id);
        assertThat(driver().find(id)).isEmpty();
    }

    @Test
    void aRemovedInstanceCanBeMadeAgain() throws Exception {
        InstanceId id = running();
        driver().remove(id);
        create(staying(id));
        driver().start(id);
        awaitState(id, Found.State.RUNNING);
    }

    @Test
    void anotherDriverFindsWhatTheFirstMade() throws Exception {
        InstanceId id = running();
        within(patience(), "the guest is ready", () -> found(id).guestReady());
        Found before = found(id);
        InstanceDriver second = reopened();
        assertThat(second.find(id)).contains(before);
        assertThat(second.list()).contains(before);
        second.create(assignment(staying(id), 1), image(), attachments(staying(id)));
        second.start(id);
        assertThat(second.find(id)).contains(before);
    }

    @Test
    void onlyOursAreListed() throws Exception {
        Optional<AutoCloseable> stranger = stranger();
        if (stranger.isEmpty()) {
            return; // Nobody else can use this engine.
        }
        try (AutoCloseable there = stranger.get()) {
            InstanceId id = newId();
            create(staying(id));
            assertThat(there).isNotNull();
            assertThat(driver().list()).extracting(Found::id).containsOnly(id);
        }
    }

    @Test
    void differentInstancesCanBeWorkedOnAtOnce() throws Exception {
        List<InstanceId> ids = List.of(newId(), newId(), newId(), newId());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> lives = new ArrayList<>();
            for (InstanceId id : ids) {
                lives.add(threads.submit(() -> {
                    create(staying(id));
                    driver().start(id);
                    awaitState(id, Found.State.RUNNING);
                    driver().stop(id, GRACE);
                    awaitState(id, Found.State.EXITED);
                    return id;
                }));
            }
            for (Future<?> life : lives) {
                life.get();
            }
        }
        assertThat(driver().list()).extracting(Found::id).containsAll(ids);
    }

    @Test
    void aWatchIsWokenByAStartAndByAnEnd() throws Exception {
        InstanceId id = newId();
        Set<InstanceId> woken = ConcurrentHashMap.newKeySet();
        try (AutoCloseable watch = driver().watch(woken::add)) {
            assertThat(watch).isNotNull();
            create(staying(id));
            driver().start(id);
            within(patience(), "the start wakes the watch", () -> woken.contains(id));
            awaitState(id, Found.State.RUNNING);
            // What the start still causes may wake us late; a second wake-up has to come from the stop.
            within(patience(), "the guest is ready", () -> found(id).guestReady());
            woken.clear();
            driver().stop(id, GRACE);
            within(patience(), "the end wakes the watch", () -> woken.contains(id));
        }
        woken.clear();
        driver().start(id);
        awaitState(id, Found.State.RUNNING);
        staysFor(MOMENT, "a closed watch is silent", woken::isEmpty);
    }
}

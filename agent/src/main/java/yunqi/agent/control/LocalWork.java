package yunqi.agent.control;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.agent.state.Memories;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Assignments;
import yunqi.core.instance.Found;
import yunqi.core.instance.Here;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.LocalMemory;
import yunqi.core.instance.LocalStep;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.reconcile.Again;

/** One pass over one instance: looks, remembers, asks the core for the next step, and does it. Called for one instance by one thread at a time. */
final class LocalWork {
    /** How long an instance gets to end when asked: what Docker and most guests' shut-down scripts are made for. */
    static final Duration GRACE = Duration.ofSeconds(10);

    private static final Duration BUSY = Duration.ofMillis(500); // an engine's longest usual piece of work
    private static final Duration FIRST_LOOK = Duration.ofMillis(20); // little beside the 100 ms we may cost
    private static final Duration LAST_LOOK = Duration.ofSeconds(1); // a slow guest doesn't mind a second
    private static final Duration REPAIR = Duration.ofSeconds(5); // flows are installed in well under a second
    private static final Again NOW = new Again.After(Duration.ZERO);

    private final Assignments.Self self;
    private final Engines engines;
    private final Ports ports;
    private final Memories memories;
    private final Workers workers;
    private final Clock clock;

    /** What a pass begins with. */
    record Task(Assignment assignment, LocalMemory memory, String trouble) {}

    /** What a pass ended with. {@code here} is empty if the engine could not be asked. */
    record Outcome(LocalMemory memory, Optional<Here> here, Optional<InstanceSeen> seen, String trouble, Again again) {}

    /** Whom the pass tells what it is about to do. */
    @FunctionalInterface
    interface Progress {
        void seen(InstanceSeen seen);
    }

    LocalWork(Assignments.Self self, Engines engines, Ports ports, Memories memories, Workers workers, Clock clock) {
        this.self = self;
        this.engines = engines;
        this.ports = ports;
        this.memories = memories;
        this.workers = workers;
        this.clock = clock;
    }

    Outcome pass(Task task, Progress progress) {
        Assignment assignment = task.assignment();
        LocalMemory memory = task.memory();
        Optional<Here> here = Optional.empty();
        try {
            here = Optional.of(look(assignment));
            Instant now = clock.now();
            LocalMemory after = Assignments.remember(assignment, here.get(), memory, self.boot(), now);
            if (!after.equals(memory)) {
                keep(assignment, after);
                memory = after;
            }
            LocalStep step = Assignments.next(assignment, here.get(), memory, self.boot(), now);
            progress.seen(seen(assignment, here.get(), memory, step, task.trouble()));
            if (step instanceof LocalStep.Start) {
                memory = Assignments.beforeStart(assignment, here.get(), memory, self.boot());
                keep(assignment, memory);
            } else if (step instanceof LocalStep.Stop) {
                memory = Assignments.beforeStop(memory);
                keep(assignment, memory);
            }
            Again again = perform(new Task(assignment, memory, ""), here.get(), step, now);
            return outcome(assignment, memory, here.get(), "", again);
        } catch (EngineException e) {
            String trouble = e.getMessage() == null ? e.kind().toString() : e.getMessage();
            Again again = e.kind() == EngineException.Kind.BUSY ? new Again.After(BUSY) : new Again.Failed(trouble);
            return here.isPresent()
                    ? outcome(assignment, memory, here.get(), trouble, again)
                    : new Outcome(memory, here, Optional.empty(), trouble, again);
        }
    }

    private Outcome outcome(Assignment assignment, LocalMemory memory, Here here, String trouble, Again again) {
        LocalStep step = Assignments.next(assignment, here, memory, self.boot(), clock.now());
        Optional<InstanceSeen> seen = Optional.of(seen(assignment, here, memory, step, trouble));
        return new Outcome(memory, Optional.of(here), seen, trouble, again);
    }

    private InstanceSeen seen(Assignment assignment, Here here, LocalMemory memory, LocalStep step, String trouble) {
        return Assignments.seen(self, assignment, here, memory, step, new Assignments.Progress(doing(step), trouble));
    }

    private static String doing(LocalStep step) {
        return switch (step) {
            case LocalStep.Prepare() -> "brings its image and makes its ports and the instance";
            case LocalStep.Start() -> "starts it";
            case LocalStep.Stop(var why) -> "stops it: " + why;
            case LocalStep.Remove() -> "removes it";
            case LocalStep.WaitUntil _, LocalStep.Refuse _, LocalStep.Done() -> "";
        };
    }

    private Here look(Assignment assignment) throws EngineException {
        List<NicPlan> nics = assignment.plan().nics();
        Optional<Found> found = engines.instances(assignment.plan().type()).find(assignment.id());
        Ports.Of of = ports.of(assignment.id().value(), nics);
        boolean running = found.isPresent() && found.get().state() == Found.State.RUNNING;
        if (running && !of.work() && !of.fresh()) {
            ports.refresh();
            of = ports.of(assignment.id().value(), nics);
        }
        return new Here(found, of.any(), of.work());
    }

    private void keep(Assignment assignment, LocalMemory memory) throws EngineException {
        Optional<Instant> deleted =
                assignment.wanted() == Assignment.Wanted.ABSENT ? Optional.of(clock.now()) : Optional.empty();
        memories.keep(new Memories.Kept(assignment.id(), Optional.of(assignment), memory, deleted));
    }

    private Again perform(Task task, Here here, LocalStep step, Instant now) throws EngineException {
        Assignment assignment = task.assignment();
        InstanceDriver driver = engines.instances(assignment.plan().type());
        switch (step) {
            case LocalStep.Prepare() -> {
                LocalImage image = engines.images(assignment.plan().type())
                        .ensure(assignment.plan().image());
                // An engine needs the ports only when it starts the instance, so they are made meanwhile.
                List<Attachment> attachments = ports.attachments(
                        assignment.id().value(),
                        form(assignment),
                        assignment.plan().nics());
                workers.both(() -> attach(assignment), () -> driver.create(assignment, image, attachments));
            }
            case LocalStep.Start() -> start(assignment, driver);
            case LocalStep.Stop _ -> driver.stop(assignment.id(), GRACE);
            case LocalStep.Remove() -> {
                driver.remove(assignment.id());
                ports.detach(assignment.id().value());
            }
            case LocalStep.WaitUntil(var at) -> {
                return new Again.After(Duration.between(now, at));
            }
            case LocalStep.Refuse _ -> {
                return new Again.Done();
            }
            case LocalStep.Done() -> {
                return settled(task, here, now);
            }
        }
        return NOW;
    }

    private void start(Assignment assignment, InstanceDriver driver) throws EngineException {
        if (!ports.made(assignment.id().value())) {
            attach(assignment);
        }
        try {
            driver.start(assignment.id());
        } catch (EngineException e) {
            ports.doubt(assignment.id().value());
            throw e;
        }
    }

    /** Nothing is left to do about its life; but a running instance may have lost a port, not be ready yet, or have crashes to be forgiven. */
    private Again settled(Task task, Here here, Instant now) throws EngineException {
        if (!here.running() || (here.ready() && task.memory().crashes() == 0)) {
            return new Again.Done();
        }
        Instant started = here.found().flatMap(Found::started).orElse(now);
        if (here.ready()) {
            return new Again.After(Duration.between(now, started.plus(Assignments.RAN_WELL)));
        }
        attachIfDoubtful(task.assignment(), here, now);
        long pause = Math.abs(Duration.between(started, now).toMillis()) / 10;
        return new Again.After(Duration.ofMillis(Math.clamp(pause, FIRST_LOOK.toMillis(), LAST_LOOK.toMillis())));
    }

    /** A port that passes no traffic for a while may have lost its interface: making it anew repairs what is missing and leaves alone what is there. */
    private void attachIfDoubtful(Assignment assignment, Here here, Instant now) throws EngineException {
        Ports.Of of = ports.of(assignment.id().value(), assignment.plan().nics());
        boolean due = !here.installed() && !ports.made(assignment.id().value(), now.minus(REPAIR), now);
        if (!of.complete() || due) {
            attach(assignment);
            // An emulator holds the very interface that it was started with: one that was made anew is nobody's.
            if (!ports.of(assignment.id().value(), assignment.plan().nics()).held()) {
                List<NicPlan> nics = assignment.plan().nics();
                engines.instances(assignment.plan().type())
                        .replug(assignment, ports.attachments(assignment.id().value(), form(assignment), nics));
                ports.refresh();
            }
        }
    }

    private void attach(Assignment assignment) throws EngineException {
        ports.attach(
                assignment.id().value(), form(assignment), assignment.plan().nics(), clock.now());
    }

    private static PortDriver.Form form(Assignment assignment) {
        return assignment.plan().type() == ImageType.VM ? PortDriver.Form.TAP : PortDriver.Form.NAMESPACE;
    }
}

package yunqi.trials.simulation.planted;

import yunqi.core.base.EngineException;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.drivers.fake.FakeHost;

/** The planted mistake of the impatient: a start that says it failed is tried again at once, by an engine that starts whatever it is told to. */
public final class HastyInstances extends InstancesWrapper {
    private final FakeHost machine;

    public HastyInstances(InstanceDriver driver, FakeHost machine) {
        super(driver);
        this.machine = machine;
    }

    @Override
    public void start(InstanceId id) throws EngineException {
        try {
            super.start(id);
        } catch (EngineException _) {
            machine.startAgain(id);
        }
    }
}

package yunqi.agent.engines;

import java.util.List;
import java.util.UUID;
import yunqi.core.base.EngineException;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortSeen;

/** The ports of a network that comes up beside the agent. */
record LatePorts(Late<PortDriver> late) implements PortDriver {
    @Override
    public List<Attachment> attachments(UUID instance, Form form, List<NicPlan> nics) throws EngineException {
        return late.get().attachments(instance, form, nics);
    }

    @Override
    public List<Attachment> attach(UUID instance, Form form, List<NicPlan> nics) throws EngineException {
        return late.get().attach(instance, form, nics);
    }

    @Override
    public void detach(UUID instance) throws EngineException {
        late.get().detach(instance);
    }

    @Override
    public List<PortSeen> list() throws EngineException {
        return late.get().list();
    }
}

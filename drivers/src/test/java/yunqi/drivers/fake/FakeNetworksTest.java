package yunqi.drivers.fake;

import java.time.Duration;
import java.util.List;
import yunqi.core.network.NetworkDriver;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.PortId;
import yunqi.drivers.contract.NetworkDriverContract;

final class FakeNetworksTest extends NetworkDriverContract {
    private final FakeNetworks networks = new FakeNetworks(Faults.NONE);

    @Override
    protected NetworkDriver driver() {
        return networks;
    }

    @Override
    protected NetworkDriver reopened() {
        return networks;
    }

    @Override
    protected List<PortId> portsIn(NetworkId id) {
        return networks.plan(id)
                .map(plan -> plan.ports().stream().map(NetworkPlan.Port::id).toList())
                .orElse(List.of());
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }
}

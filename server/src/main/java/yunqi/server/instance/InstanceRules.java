package yunqi.server.instance;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import yunqi.core.base.Clock;
import yunqi.core.base.Event;
import yunqi.core.image.FlavorSpec;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.Instances;
import yunqi.core.network.NicPlan;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;
import yunqi.server.http.Rules;
import yunqi.server.project.Quotas;
import yunqi.server.project.Things;
import yunqi.server.store.Era;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** How an instance is declared, shown and deleted. */
final class InstanceRules implements Rules<InstanceSpec, Api.InstanceStatus> {
    private static final double MILLIS = 1000.0;

    private final Store store;
    private final Clock clock;
    private final InstanceAdmission admission;

    InstanceRules(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
        this.admission = new InstanceAdmission(store, clock);
    }

    @Override
    public Kind kind() {
        return Kind.INSTANCE;
    }

    @Override
    public Right.Of rights() {
        return Right.Of.PROJECT;
    }

    @Override
    public Class<InstanceSpec> spec() {
        return InstanceSpec.class;
    }

    @Override
    public Class<Api.InstanceStatus> status() {
        return Api.InstanceStatus.class;
    }

    /** Restarts are asked for by their own route; declaring keeps their count, so that a manifest can be applied again without restarting anything. */
    @Override
    public Admitted<InstanceSpec> admit(Wish<InstanceSpec> wish) {
        Row project = wish.project().orElseThrow();
        InstanceSpec spec = admission.placed(wish);
        FlavorSpec flavor = admission.check(project.meta().name(), spec, wish.before(), wish.caller());
        Write charge = Quotas.charge(
                project, wish.id(), Charges.amounts(flavor, spec.networks().size()));
        if (wish.before().isPresent()) {
            long restarts = InstanceTable.read(wish.before().get()).spec().restarts();
            return new Admitted<>(spec.withRestarts(restarts), List.of(charge));
        }
        return new Admitted<>(spec.withRestarts(0), List.of(Things.charge(project, wish.id()), charge));
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        return List.of(new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now()));
    }

    /** One that is made now is none that the database has forgotten anything of. */
    @Override
    public String undecided() {
        Era era = store.era();
        return era.forgetful()
                ? Wire.write(InstanceDecided.NOTHING.confirmed(era.start(), Optional.empty()))
                : Row.EMPTY;
    }

    @Override
    public Function<Row, Api.InstanceStatus> lens(Caller caller, Collection<Row> rows) {
        InstanceSight sight = new InstanceSight(store, clock.now());
        sight.expect(rows);
        return row -> {
            Instance instance = InstanceTable.read(row);
            return caller.hosts() ? status(instance, sight) : Curtain.before(status(Curtain.before(instance), sight));
        };
    }

    @Override
    public InstanceSpec shown(InstanceSpec spec, Caller caller) {
        return caller.hosts() ? spec : Curtain.before(spec);
    }

    @Override
    public Event told(Event event, Caller caller) {
        return caller.hosts() ? event : Curtain.before(event);
    }

    @Override
    public Optional<Refused> refusal(Wish<InstanceSpec> wish, Written.Refused why) {
        return Quotas.refusal(wish.project().orElseThrow(), why);
    }

    private static Api.InstanceStatus status(Instance instance, InstanceSight sight) {
        InstanceDecided decided = instance.decided();
        Instances.InstanceStatus words = sight.status(instance);
        Optional<InstanceSeen> seen = Instances.current(instance);
        // Of what was seen before its host fell silent or was started anew, only what is over is still true.
        Optional<InstanceSeen> now = words.state().equals("unknown") ? Optional.empty() : seen;
        return new Api.InstanceStatus(
                words.state(),
                words.message(),
                words.since(),
                words.state().equals("running")
                        && now.filter(InstanceSeen::ready).isPresent(),
                sight.host(instance).map(host -> host.meta().name()),
                decided.nics().stream().map(NicPlan::ip).toList(),
                decided.nics().stream()
                        .map(nic -> new Api.Nic(nic.networkName(), nic.ip(), nic.mac(), nic.gateway()))
                        .toList(),
                decided.runEpoch(),
                seen.map(InstanceSeen::crashes).orElse(0),
                now.flatMap(InstanceSeen::exitCode),
                now.flatMap(InstanceSeen::started),
                seen.flatMap(InstanceSeen::readyAt)
                        .map(at ->
                                Duration.between(instance.meta().created(), at).toMillis() / MILLIS),
                decided.why(),
                seen.flatMap(InstanceSeen::ending).map(end -> new Api.Ending(end.at(), end.words())));
    }
}

package yunqi.server.control;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.IpAddress;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.Image;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.network.Network;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;
import yunqi.core.project.Project;
import yunqi.server.image.FlavorTable;
import yunqi.server.image.ImageTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Store;

/** What the names in an instance's spec stand for: flavor, image, networks, and addresses in them. */
final class Names {
    /** Owner of addresses that are claimed in the store by somebody whom the picture doesn't know. */
    static final UUID STRANGER = new UUID(0, 0);

    private final Store store;
    private final Picture picture;

    Names(Store store, Picture picture) {
        this.store = store;
        this.picture = picture;
    }

    /** Everything is known, or something is missing. */
    sealed interface Answer {}

    /** {@code architecture} is that of the hosts on which the image runs. */
    record Known(FlavorSpec shape, InstanceDecided.Chosen image, String architecture, List<NicPlan> nics)
            implements Answer {}

    record Missing(String code, String message) implements Answer {}

    Optional<FlavorSpec> shape(Instance instance) {
        return store.find(FlavorTable.KIND, Optional.empty(), instance.spec().flavor())
                .map(row -> FlavorTable.read(row).spec());
    }

    Answer resolve(Instance instance) {
        InstanceSpec spec = instance.spec();
        // What was decided stays as it was while its name is gone: an instance doesn't suffer from a flavor or image
        // that was deleted.
        Optional<FlavorSpec> shape = shape(instance).or(() -> instance.decided().shape());
        if (shape.isEmpty()) {
            return new Missing("unknown-flavor", "there is no flavor '" + spec.flavor() + "' any more");
        }
        Optional<InstanceDecided.Chosen> before = keptImage(instance);
        Optional<Image> image = before.isPresent() ? Optional.empty() : image(instance);
        if (before.isEmpty()) {
            Optional<Missing> unfit = unfit(spec, image, shape.get());
            if (unfit.isPresent()) {
                return unfit.get();
            }
        }
        List<NicPlan> nics = new ArrayList<>();
        for (InstanceSpec.Nic nic : spec.networks()) {
            Optional<Network> network = store.find(
                            NetworkTable.KIND, instance.meta().project(), nic.network())
                    .map(NetworkTable::read)
                    .filter(there -> there.meta().wanted());
            if (network.isEmpty()) {
                return new Missing("unknown-network", "there is no network '" + nic.network() + "'");
            }
            Optional<NicPlan> plan = nic(instance, nic, network.get());
            if (plan.isEmpty()) {
                return nic.address()
                        .map(ip -> new Missing(
                                "address-taken", ip + " in network '" + nic.network() + "' is another instance's"))
                        .orElse(new Missing("no-address", "network '" + nic.network() + "' has no free address"));
            }
            nics.add(plan.get());
        }
        String architecture = image.map(there -> there.spec().architecture()).orElse("");
        return new Known(shape.get(), before.or(() -> image.map(Names::chosen)).orElseThrow(), architecture, nics);
    }

    /** Why the image cannot be what the instance is made from; empty if it can. */
    private static Optional<Missing> unfit(InstanceSpec spec, Optional<Image> image, FlavorSpec shape) {
        String name = "image '" + spec.image() + "'";
        if (image.isEmpty()) {
            return Optional.of(new Missing("unknown-image", "there is no " + name + " any more"));
        }
        if (image.get().spec().type() != spec.type()) {
            return Optional.of(new Missing("wrong-image", name + " is not for this type of instance"));
        }
        Bytes needed = image.get().spec().minMemory();
        return needed.compareTo(shape.memory()) <= 0
                ? Optional.empty()
                : Optional.of(new Missing(
                        "flavor-too-small",
                        name + " needs " + needed + " of memory, flavor '" + spec.flavor() + "' has "
                                + shape.memory()));
    }

    /** The image that it was placed with, while the spec names the same. */
    private static Optional<InstanceDecided.Chosen> keptImage(Instance instance) {
        return instance.decided()
                .image()
                .filter(_ -> instance.decided().host().isPresent())
                .filter(chosen -> chosen.name().equals(instance.spec().image()));
    }

    private static InstanceDecided.Chosen chosen(Image image) {
        return new InstanceDecided.Chosen(
                image.meta().name(),
                image.plan(),
                image.spec().agent(),
                image.spec().cloudInit());
    }

    /** The project's own image of this name, otherwise the library's. */
    private Optional<Image> image(Instance instance) {
        Name name = instance.spec().image();
        return find(instance.meta().project(), name).or(() -> find(Optional.of(Project.LIBRARY), name));
    }

    private Optional<Image> find(Optional<Name> project, Name name) {
        return store.find(ImageTable.KIND, project, name)
                .map(ImageTable::read)
                .filter(image -> image.meta().wanted());
    }

    private Optional<NicPlan> nic(Instance instance, InstanceSpec.Nic nic, Network network) {
        Optional<NicPlan> before = instance.decided().nics().stream()
                .filter(old -> old.network().equals(network.id()))
                .filter(old -> nic.address().map(old.ip()::equals).orElse(true))
                .filter(old -> !picture.heldByAnother(
                        old.network(), old.ip(), instance.meta().id()))
                .findFirst();
        if (before.isPresent()) {
            return before;
        }
        return picture.pick(
                        network.meta().id(),
                        network.spec().cidr(),
                        nic.address(),
                        instance.meta().id())
                .map(ip -> plan(instance, network, ip));
    }

    private static NicPlan plan(Instance instance, Network network, IpAddress ip) {
        // Derived from both ids, so that a decision made twice makes the same port.
        String seed = "port " + instance.meta().id() + " " + network.meta().id();
        return new NicPlan(
                new PortId(UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8))),
                network.id(),
                network.meta().name(),
                MacAddress.of(ip),
                ip,
                network.spec().cidr().prefix(),
                network.gateway(),
                Network.domain(instance.project()),
                Network.MTU);
    }
}

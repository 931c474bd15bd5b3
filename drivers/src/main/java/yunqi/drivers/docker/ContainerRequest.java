package yunqi.drivers.docker;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import yunqi.core.base.EngineException;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;

/** What the engine is asked to make for an instance. Pure. */
final class ContainerRequest {
    static final String INSTANCE = "yunqi.instance";
    static final String EPOCH = "yunqi.epoch";
    static final String APPLIED = "yunqi.applied";
    static final String IMAGE = "yunqi.image";
    static final String NAMESPACE = "yunqi.namespace";

    /** Processes and threads of one instance: a JVM has hundreds; a fork bomb must not use up the host's 32768 pids. */
    static final long PIDS_LIMIT = 4_096;

    private static final long PERIOD_MICROS = 100_000; // the kernel's default
    private static final int SHARES_PER_CPU = 1_024; // Docker's default for a container
    private static final int SHARES_LIMIT = 262_144; // the kernel's
    private static final int NAMESERVER_LIMIT = 3; // resolvers read no more
    private static final Map<String, String> LOG =
            new TreeMap<>(Map.of("max-size", "10m", "max-file", "3")); // 30 MB an instance

    private ContainerRequest() {}

    /** The name of an instance's container. */
    static String name(InstanceId id) {
        return "yq-" + id;
    }

    /** Fills in a blank request. {@code REFUSED} unless all attachments are in one namespace, and there is one. */
    static CreateContainerCmd describe(
            CreateContainerCmd blank, Assignment assignment, LocalImage image, List<Attachment> attachments)
            throws EngineException {
        InstancePlan plan = assignment.plan();
        Map<String, String> labels = new TreeMap<>();
        labels.put(INSTANCE, plan.id().toString());
        labels.put(EPOCH, Long.toString(assignment.epoch()));
        labels.put(APPLIED, assignment.applied());
        labels.put(IMAGE, plan.image().digest().value());
        labels.put(NAMESPACE, namespace(attachments));
        CreateContainerCmd request = blank.withName(name(plan.id()))
                .withImage(image.location())
                .withHostName(plan.name().value())
                .withEnv(plan.env().entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList())
                .withLabels(labels)
                // Readiness is seen by other means: nobody would read what a probe of the image says.
                .withHealthcheck(new HealthCheck().withTest(List.of("NONE")))
                .withHostConfig(host(plan));
        // A command is run as it is given, so it takes the place of the image's entry point too.
        return plan.command().isEmpty() ? request : request.withEntrypoint(plan.command());
    }

    private static HostConfig host(InstancePlan plan) {
        int vcpus = plan.shape().vcpus();
        long memory = plan.shape().memory().count();
        return HostConfig.newHostConfig()
                .withNetworkMode("none") // the runtime puts the prepared namespace in the empty one's place
                .withRuntime("yunqi")
                .withInit(true)
                .withRestartPolicy(com.github.dockerjava.api.model.RestartPolicy.noRestart())
                .withDns(plan.nics().stream()
                        .map(nic -> nic.gateway().toString())
                        .distinct()
                        .limit(NAMESERVER_LIMIT)
                        .toList())
                .withDnsSearch(plan.nics().stream()
                        .map(NicPlan::domain)
                        .filter(domain -> !domain.isEmpty())
                        .distinct()
                        .toList())
                .withExtraHosts(
                        plan.nics().stream().map(nic -> hostsLine(plan, nic)).toArray(String[]::new))
                // Docker's own "nano CPUs" refuses more of them than the host has, though others may overcommit.
                .withCpuPeriod(PERIOD_MICROS)
                .withCpuQuota(PERIOD_MICROS * vcpus)
                .withCpuShares(Math.min(SHARES_PER_CPU * vcpus, SHARES_LIMIT))
                .withMemory(memory)
                .withMemorySwap(memory) // memory and swap together: no swap
                .withPidsLimit(PIDS_LIMIT)
                .withSecurityOpts(List.of("no-new-privileges"))
                // Devices are the host's to give; file capabilities give nothing without new privileges. The rest of
                // Docker's default set stays, NET_RAW for ping among it.
                .withCapDrop(Capability.MKNOD, Capability.SETFCAP)
                .withLogConfig(new LogConfig(LogConfig.LoggingType.JSON_FILE, LOG));
    }

    /** A line of /etc/hosts, as Docker takes it: the full name first, so that {@code hostname -f} gives it. */
    private static String hostsLine(InstancePlan plan, NicPlan nic) {
        String full = nic.domain().isEmpty() ? "" : plan.name() + "." + nic.domain() + " ";
        return full + plan.name() + ":" + nic.ip();
    }

    private static String namespace(List<Attachment> attachments) throws EngineException {
        String path = "";
        for (Attachment attachment : attachments) {
            if (!(attachment instanceof Attachment.Namespace namespace)
                    || !(path.isEmpty() || path.equals(namespace.path()))) {
                throw new EngineException(
                        EngineException.Kind.REFUSED, "a container needs all its ports in one network namespace");
            }
            path = namespace.path();
        }
        if (path.isEmpty()) {
            throw new EngineException(
                    EngineException.Kind.REFUSED, "a container needs a network namespace, and has no port");
        }
        return path;
    }
}

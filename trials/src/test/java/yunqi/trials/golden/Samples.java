package yunqi.trials.golden;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstancePlan;
import yunqi.core.wire.Sso;
import yunqi.core.wire.Wire;

/** Every form of JSON that outlives a process or is read by another version: what is said on the link, rows of the store, files of server and agent. */
record Samples(String name, Class<?> type, Map<String, Object> given) {
    private static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== somebody";

    /** What fields need that take only some values. */
    private static final Map<String, Object> GIVEN = Map.ofEntries(
            Map.entry("ImageSpec.repository", "library/golden"),
            Map.entry("ImageSpec.architecture", "amd64"),
            Map.entry("ImportSpec.architecture", "amd64"),
            Map.entry("ImportSpec.url", Optional.of("https://example.com/disk.qcow2")),
            Map.entry("GroupRole.role", Sso.Grade.ADMIN),
            Map.entry("InstanceSpec.keys", List.of(KEY)));

    private static final String[] LINK = {
        "JoinRequest",
        "JoinReply",
        "CertificateRequest",
        "CertificateReply",
        "Assignments",
        "Observation",
        "Ack",
        "Streams",
        "Control"
    };

    /** By folder: their classes, some of which only their own package may name. */
    private static final Map<String, List<String>> OTHERS = new TreeMap<>(Map.of(
            "rows",
            List.of(
                    "core.base.Labels",
                    "core.base.Story",
                    "core.audit.AuditEntry",
                    "core.project.ProjectSpec",
                    "core.project.UserSpec",
                    "core.project.GrantSpec",
                    "core.host.HostSpec",
                    "core.host.HostDecided",
                    "core.host.HostSeen",
                    "core.image.FlavorSpec",
                    "core.image.ImageSpec",
                    "core.image.ImportDecided",
                    "core.network.NetworkSpec",
                    "core.network.NetworkSeen",
                    "core.instance.InstanceDecided",
                    "core.instance.InstanceSeen",
                    "core.instance.Assignment",
                    "server.agents.JoinToken",
                    "server.access.KeptToken",
                    "server.access.KeptToken$Used",
                    "server.project.UserTable$Secrets",
                    "server.oidc.OidcTable$Kept",
                    "server.oidc.OidcTable$Identity",
                    "server.oidc.SignIns$Flow",
                    "server.network.NetworkRemains$Orphans"),
            "files",
            List.of(
                    "server.Config$File",
                    "server.backup.Manifest",
                    "server.backup.Restore$Swapped",
                    "agent.Config$File",
                    "agent.state.Memories$Kept",
                    "agent.state.FileMemories$HostMemory",
                    "agent.link.Identity$Joined",
                    "agent.facts.KvmOnce$Remembered")));

    static List<Samples> all() {
        List<Samples> all = new ArrayList<>();
        for (String name : LINK) {
            all.add(of("link", "core.wire.Link$" + name));
        }
        all.add(of("link", "core.wire.Api$Problem"));
        OTHERS.forEach((folder, types) -> types.forEach(type -> all.add(of(folder, type))));
        all.add(of("rows", "core.image.ImportSpec")
                .variant(
                        "fetched",
                        Map.of("ImportSpec.size", Optional.empty(), "ImportSpec.type", ImageType.CONTAINER)));
        all.add(of("rows", "core.image.ImportSpec")
                .variant(
                        "sent",
                        Map.of(
                                "ImportSpec.url",
                                Optional.empty(),
                                "ImportSpec.type",
                                ImageType.VM,
                                "ImportSpec.command",
                                List.of())));
        for (ImageType type : ImageType.values()) {
            all.add(of("rows", "core.instance.InstanceSpec")
                    .variant(
                            Wire.tree(type).asText(),
                            type == ImageType.VM
                                    ? Map.of(
                                            "InstanceSpec.type",
                                            type,
                                            "InstanceSpec.command",
                                            List.of(),
                                            "InstanceSpec.env",
                                            new TreeMap<String, String>())
                                    : Map.of(
                                            "InstanceSpec.type", type,
                                            "InstanceSpec.userData", Optional.empty(),
                                            "InstanceSpec.keys", List.of())));
            // What a running thing was made from: its digest stands on it, and must not change with the version.
            all.add(new Samples("link/InstancePlan", InstancePlan.class, GIVEN)
                    .variant(
                            Wire.tree(type).asText(),
                            type == ImageType.VM
                                    ? Map.of("InstancePlan.type", type)
                                    : Map.of("InstancePlan.type", type, "InstancePlan.userData", Optional.empty())));
        }
        return List.copyOf(all);
    }

    private static Samples of(String folder, String type) {
        try {
            String[] words = type.split("[.$]", -1);
            boolean inner = type.contains("$") && !folder.equals("link");
            String name = inner ? words[words.length - 2] + "." + words[words.length - 1] : words[words.length - 1];
            String whose = type.endsWith("Config$File") ? words[0] + "." : "";
            return new Samples(folder + "/" + whose + name, Class.forName("yunqi." + type), GIVEN);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    "yunqi." + type + " is gone or was moved: say in Samples where it is now. Its golden files stay",
                    e);
        }
    }

    private Samples variant(String which, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(given);
        all.putAll(more);
        return new Samples(name + "-" + which, type, all);
    }

    /** The value, with every field filled that can be. */
    Object value() {
        return new Filled(given).of(type, type.getSimpleName());
    }
}

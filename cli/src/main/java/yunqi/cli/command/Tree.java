package yunqi.cli.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import yunqi.cli.api.Surroundings;
import yunqi.core.wire.Kind;

/**
 * All commands. Reading the annotations of one takes a millisecond or two, and there are some sixty: of the groups and verbs only the one that the
 * arguments name is built; all of them where none is named, as for help, completion and suggestions.
 */
public final class Tree {
    private record Group(String description, Map<String, Supplier<Verb>> verbs) {}

    private final Surroundings around;

    private Tree(Surroundings around) {
        this.around = around;
    }

    /** The commands as far as these arguments need them. */
    public static CommandLine of(Surroundings around, List<String> args) {
        Tree tree = new Tree(around);
        CommandSpec root = CommandSpec.create().name("yunqi");
        root.usageMessage()
                .description(
                        "A private cloud: virtual machines and containers on your own machines.",
                        "'yunqi up' makes this machine one; 'yunqi KIND --help' says what can be done with a kind.");
        root.addOption(help("say what there is"));
        Map<String, Group> groups = tree.groups();
        Map<String, Supplier<Verb>> verbs = tree.verbs();
        String first = args.isEmpty() ? "" : args.getFirst();
        List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
        if (groups.containsKey(first)) {
            tree.add(root, first, groups.get(first), rest);
        } else if (verbs.containsKey(first)) {
            root.addSubcommand(first, tree.spec(verbs.get(first).get()));
        } else {
            groups.forEach((name, group) -> tree.add(root, name, group, List.of()));
            verbs.forEach((name, verb) -> root.addSubcommand(name, tree.spec(verb.get())));
            root.addSubcommand("help", new CommandLine(new CommandLine.HelpCommand()));
        }
        CommandLine line = new CommandLine(root);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setAbbreviatedOptionsAllowed(false);
        line.setUsageHelpAutoWidth(false);
        line.setUsageHelpWidth(Math.clamp(around.columns(), 60, 120));
        return line;
    }

    private void add(CommandSpec root, String name, Group group, List<String> rest) {
        CommandSpec spec = name.equals("context") ? spec(new ContextVerbs.Show(around)) : CommandSpec.create();
        spec.usageMessage().description(group.description());
        if (!name.equals("context")) {
            spec.addOption(help("say what there is"));
        }
        String wanted = rest.isEmpty() ? "" : rest.getFirst();
        group.verbs().forEach((verb, maker) -> {
            if (verb.equals(wanted) || !group.verbs().containsKey(wanted)) {
                spec.addSubcommand(verb, spec(maker.get()));
            }
        });
        root.addSubcommand(name, spec);
    }

    private static OptionSpec help(String description) {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description(description)
                .build();
    }

    private CommandSpec spec(Verb verb) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(verb);
        spec.addOption(help("say what this command takes"));
        if (verb.scoped()) {
            spec.addOption(OptionSpec.builder("-p", "--project")
                    .paramLabel("PROJECT")
                    .type(String.class)
                    .description("in which project; without it YUNQI_PROJECT, else '" + verb.usualProject() + "'")
                    .setter(new CommandLine.Model.ISetter() {
                        @Override
                        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
                        public <T> T set(T value) {
                            if (value instanceof String text) {
                                verb.project(text);
                            }
                            return value;
                        }
                    })
                    .build());
        }
        return spec;
    }

    private Map<String, Group> groups() {
        Map<String, Group> groups = new LinkedHashMap<>();
        groups.put("instance", instance());
        groups.put("image", image());
        groups.put(
                "network",
                kind(
                        Kind.NETWORK,
                        "Networks: blocks of addresses, isolated from each other.",
                        () -> new CreateVerbs.Network(around)));
        groups.put(
                "flavor",
                kind(Kind.FLAVOR, "Flavors: the sizes that instances come in.", () -> new CreateVerbs.Flavor(around)));
        groups.put("project", project());
        groups.put("user", user());
        groups.put("token", token());
        groups.put("oidc", oidc());
        groups.put("host", host());
        groups.put("orphan", orphan());
        groups.put("audit", audit());
        groups.put("context", context());
        return groups;
    }

    private Map<String, Supplier<Verb>> verbs() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("apply", () -> new ManifestVerbs.Apply(around));
        verbs.put("diff", () -> new ManifestVerbs.Diff(around));
        verbs.put("delete", () -> new ManifestVerbs.Delete(around));
        verbs.put("login", () -> new LoginVerbs.In(around));
        verbs.put("logout", () -> new LoginVerbs.Out(around));
        verbs.put("status", () -> new StatusVerbs.Status(around));
        verbs.put("version", () -> new StatusVerbs.Version(around));
        verbs.put("up", () -> new SiteVerbs.Up(around));
        verbs.put("down", () -> new SiteVerbs.Down(around));
        verbs.put("purge", () -> new SiteVerbs.Purge(around));
        verbs.put("backup", () -> new BackupVerbs.Backup(around));
        verbs.put("restore", () -> new BackupVerbs.Restore(around));
        verbs.put("join", () -> new SiteVerbs.Join(around));
        verbs.put("completion", () -> new CompletionVerb(around));
        return verbs;
    }

    private Group kind(Kind kind, String description, Supplier<Verb> create) {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("create", create);
        common(kind, verbs, "delete");
        return new Group(description, verbs);
    }

    private void common(Kind kind, Map<String, Supplier<Verb>> verbs, String delete) {
        verbs.put("list", () -> new ThingVerbs.ListAll(around, kind));
        verbs.put("show", () -> new ThingVerbs.Show(around, kind));
        verbs.put(delete, () -> new ThingVerbs.Delete(around, kind));
    }

    private Group project() {
        Group group = kind(
                Kind.PROJECT,
                "Projects: the walls between tenants, with a quota, and people with roles.",
                () -> new ProjectVerbs.Create(around));
        group.verbs().put("quota", () -> new ProjectVerbs.SetQuota(around));
        group.verbs().put("grant", () -> new ProjectVerbs.Grant(around));
        group.verbs().put("revoke", () -> new ProjectVerbs.Revoke(around));
        group.verbs().put("members", () -> new ProjectVerbs.Members(around));
        return group;
    }

    private Group user() {
        Group group = kind(Kind.USER, "Users: who may sign in.", () -> new UserVerbs.Create(around));
        group.verbs().put("show", () -> new UserVerbs.Show(around));
        group.verbs().put("password", () -> new UserVerbs.Password(around));
        group.verbs().put("disable", () -> new UserVerbs.Disable(around));
        group.verbs().put("enable", () -> new UserVerbs.Enable(around));
        return group;
    }

    private Group token() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("create", () -> new TokenVerbs.Create(around));
        verbs.put("list", () -> new TokenVerbs.ListAll(around));
        verbs.put("revoke", () -> new TokenVerbs.Revoke(around));
        return new Group("Tokens: what programs call with instead of a person.", verbs);
    }

    private Group oidc() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("set", () -> new OidcVerbs.Set(around));
        verbs.put("show", () -> new OidcVerbs.Show(around));
        verbs.put("remove", () -> new OidcVerbs.Remove(around));
        return new Group("The OpenID provider that people may sign in through (yunqi login --sso).", verbs);
    }

    private Group audit() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("list", () -> new AuditVerbs.ListSome(around));
        verbs.put("export", () -> new AuditVerbs.Export(around));
        verbs.put("verify", () -> new AuditVerbs.Verify(around));
        return new Group("Audit: who did what, in a chain that shows whether anything was changed.", verbs);
    }

    private Group image() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("build", () -> new ImageBuildVerb(around));
        verbs.put("import", () -> new ImageImportVerb(around));
        common(Kind.IMAGE, verbs, "delete");
        return new Group("Images: what instances are made from.", verbs);
    }

    private Group orphan() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("list", () -> new OrphanVerbs.ListAll(around));
        verbs.put("adopt", () -> new OrphanVerbs.Adopt(around));
        verbs.put("remove", () -> new OrphanVerbs.Remove(around));
        return new Group("Orphans: what engines have and the server does not know.", verbs);
    }

    private Group host() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        common(Kind.HOST, verbs, "remove");
        verbs.put("token", () -> new HostVerbs.Token(around));
        verbs.put("close", () -> new HostVerbs.Close(around));
        verbs.put("resume", () -> new HostVerbs.Resume(around));
        return new Group("Hosts: the machines that run instances.", verbs);
    }

    private Group instance() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("create", () -> new InstanceCreate(around));
        common(Kind.INSTANCE, verbs, "delete");
        verbs.put("start", () -> new InstanceVerbs.Start(around));
        verbs.put("stop", () -> new InstanceVerbs.Stop(around));
        verbs.put("restart", () -> new InstanceVerbs.Restart(around));
        verbs.put("exec", () -> new StreamVerbs.Exec(around));
        verbs.put("console", () -> new StreamVerbs.Console(around));
        verbs.put("logs", () -> new StreamVerbs.Logs(around));
        verbs.put("explain", () -> new InstanceVerbs.Explain(around));
        return new Group("Instances: virtual machines and containers.", verbs);
    }

    private Group context() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("use", () -> new ContextVerbs.Use(around));
        verbs.put("add", () -> new ContextVerbs.Add(around));
        verbs.put("remove", () -> new ContextVerbs.Remove(around));
        return new Group("Contexts: the clouds that you know, and which one is meant. Alone it lists them.", verbs);
    }
}

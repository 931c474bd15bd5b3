package yunqi.cli.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Progress;

/** {@code yunqi down}: ends everything of ours on this machine. Data stays; {@code up} brings it back. */
public final class Down {
    private Down() {}

    public static void run(Surroundings around, Optional<Path> named) throws IOException, InterruptedException {
        Root root = Site.find(around, named);
        if (!root.ours()) {
            throw Trouble.failed("there is nothing of Yunqi's at " + root.folder() + "; --root names another place");
        }
        try (Progress progress = new Progress(around);
                Site.Lock _ = Site.lock(root)) {
            stop(around, root, progress);
        }
        around.out()
                .println("everything at " + root.folder()
                        + " is stopped; its data stays, and 'yunqi up' brings it back");
    }

    static void stop(Surroundings around, Root root, Progress progress) throws IOException, InterruptedException {
        boolean host = Files.exists(root.agentConfig());
        if (host) {
            Account.checkRoot("down");
        }
        Steps steps = new Steps(progress);
        Launch launch = Site.launch(around, root);
        Keeper keeper = new Keeper(around.programFolder(), root);
        if (host) {
            steps.doing("stopping instances, engines and agent");
            new HostAgent(root, launch, keeper).down();
            steps.done("instances, engines and agent stopped");
        }
        steps.doing("stopping the server");
        new ServerProcess(root, launch, keeper).down(Account.owns(root.server()));
        steps.done("server stopped");
    }
}

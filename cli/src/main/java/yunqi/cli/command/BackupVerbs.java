package yunqi.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Surroundings;
import yunqi.core.base.IpAddress;

/** {@code backup} and {@code restore}: what the platform itself knows, in one file. */
final class BackupVerbs {
    private BackupVerbs() {}

    @Command(
            name = "backup",
            description = {
                "Write everything that this cloud knows into one file, while it runs.",
                "That is the database, the authority with its key, settings and the operator's token; not the disks of instances, and the bytes of images only with --images."
            })
    static final class Backup extends SiteVerbs.OfRoot {
        @Option(
                names = "--to",
                required = true,
                paramLabel = "FILE",
                description = "a file that is not there yet; only its owner may read it")
        private Path to = Path.of("");

        @Option(names = "--images", description = "with the bytes of all images in the registry")
        private boolean images;

        Backup(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException, InterruptedException {
            yunqi.cli.site.Backups.backup(around(), root(), to, images);
            return DONE;
        }
    }

    @Command(
            name = "restore",
            description = {
                "Bring back what a backup knows, on a new machine or over the running cloud.",
                "No instance is touched: what hosts hold and the backup doesn't know is left running and shown. What was there before is set aside."
            })
    static final class Restore extends SiteVerbs.OfRoot {
        @Parameters(paramLabel = "FILE", description = "what 'yunqi backup' wrote")
        private Path file = Path.of("");

        @Option(
                names = "--address",
                paramLabel = "IP",
                description = "on a new machine: where hosts and users reach it; the old one's without it")
        private Optional<String> address = Optional.empty();

        Restore(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException, InterruptedException {
            address.ifPresent(IpAddress::parse);
            yunqi.cli.site.Backups.restore(around(), new yunqi.cli.site.Backups.Wish(file, root(), yes(), address));
            return DONE;
        }
    }
}

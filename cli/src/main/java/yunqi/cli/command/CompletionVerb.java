package yunqi.cli.command;

import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;

/** {@code yunqi completion bash|zsh}. */
@Command(
        name = "completion",
        description = "Print what a shell needs to complete yunqi's words: source <(yunqi completion bash)")
final class CompletionVerb extends Verb {
    @Parameters(paramLabel = "bash|zsh", description = "for which shell")
    private String shell = "";

    CompletionVerb(Surroundings around) {
        super(around);
    }

    @Override
    int run() {
        if (!List.of("bash", "zsh").contains(shell)) {
            throw Trouble.usage("no completion for '" + shell + "'; known are bash and zsh");
        }
        CommandLine all = Tree.of(around(), List.of());
        String script = AutoComplete.bash("yunqi", all);
        if (shell.equals("zsh")) {
            around().out().println("autoload -U +X compinit && compinit -u");
            around().out().println("autoload -U +X bashcompinit && bashcompinit");
        }
        around().out().print(script);
        // The script is also called by its path, from a checkout.
        around().out().println("complete -F _complete_yunqi -o default ./yunqi");
        return DONE;
    }
}

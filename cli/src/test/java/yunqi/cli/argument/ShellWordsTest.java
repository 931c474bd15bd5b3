package yunqi.cli.argument;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import yunqi.cli.api.Trouble;

class ShellWordsTest {
    @Test
    void wordsAreSplitAsAShellDoes() {
        assertThat(ShellWords.split("sleep infinity")).containsExactly("sleep", "infinity");
        assertThat(ShellWords.split("  sh -c 'echo \"a b\"; exit 3' "))
                .containsExactly("sh", "-c", "echo \"a b\"; exit 3");
        assertThat(ShellWords.split("a\"b c\"d 'e'\"f\"")).containsExactly("ab cd", "ef");
        assertThat(ShellWords.split("\"say \\\"hi\\\" \\n\" a\\ b")).containsExactly("say \"hi\" \\n", "a b");
        assertThat(ShellWords.split("'' \"\"")).containsExactly("", "");
        assertThat(ShellWords.split(" \t ")).isEmpty();
        assertThat(ShellWords.split("echo $HOME *")).as("nothing is expanded").containsExactly("echo", "$HOME", "*");
    }

    @Test
    void whatHasNoEndIsRefused() {
        for (String line : new String[] {"echo 'a", "echo \"a", "echo \\"}) {
            assertThatThrownBy(() -> ShellWords.split(line))
                    .isInstanceOfSatisfying(
                            Trouble.class,
                            trouble -> assertThat(trouble.exitCode()).isEqualTo(Trouble.USAGE));
        }
    }
}

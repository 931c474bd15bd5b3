package yunqi.cli.argument;

import java.util.ArrayList;
import java.util.List;
import yunqi.cli.api.Trouble;

/** Splits a line into words as a POSIX shell does: blanks, quotes and backslashes; nothing is expanded. */
public final class ShellWords {
    private ShellWords() {}

    public static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            switch (c) {
                case ' ', '\t', '\n', '\r' -> {
                    if (inWord) {
                        words.add(word.toString());
                        word.setLength(0);
                        inWord = false;
                    }
                }
                case '\'' -> {
                    inWord = true;
                    int end = line.indexOf('\'', i + 1);
                    if (end < 0) {
                        throw open(line, '\'');
                    }
                    word.append(line, i + 1, end);
                    i = end;
                }
                case '"' -> {
                    inWord = true;
                    i = quoted(line, i, word);
                }
                case '\\' -> {
                    inWord = true;
                    if (i + 1 == line.length()) {
                        throw Trouble.usage("--command ends with a lone backslash: " + line);
                    }
                    i++;
                    if (line.charAt(i) != '\n') {
                        word.append(line.charAt(i));
                    }
                }
                default -> {
                    inWord = true;
                    word.append(c);
                }
            }
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }

    /** Reads from the opening quote at {@code start}; gives back where the closing one is. */
    private static int quoted(String line, int start, StringBuilder word) {
        for (int i = start + 1; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                return i;
            }
            // Between double quotes a backslash escapes only these; before all others it is itself.
            if (c == '\\' && i + 1 < line.length() && "\"\\$`\n".indexOf(line.charAt(i + 1)) >= 0) {
                i++;
                if (line.charAt(i) != '\n') {
                    word.append(line.charAt(i));
                }
            } else {
                word.append(c);
            }
        }
        throw open(line, '"');
    }

    private static Trouble open(String line, char quote) {
        return Trouble.usage("--command has an opening " + quote + " without its end: " + line);
    }
}

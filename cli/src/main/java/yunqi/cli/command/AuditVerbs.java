package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Problem;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Printer;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditChain.Found;
import yunqi.core.audit.AuditChain.Mark;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.AuditVerdict;
import yunqi.core.base.BadValue;
import yunqi.core.base.Name;
import yunqi.core.wire.Wire;

/** Who did what: shown, exported, and checked. */
final class AuditVerbs {
    private static final int LINES = 5_000; // as many as the server gives at once

    private AuditVerbs() {}

    /** Something with the entries that fit what is said. */
    abstract static class Search extends Verb {
        @Option(
                names = {"-p", "--project"},
                paramLabel = "PROJECT",
                description =
                        "only in this project, which its admins may ask for; without it the whole site, for operators")
        private Optional<String> project = Optional.empty();

        @Option(names = "--actor", paramLabel = "NAME", description = "only of this user; 'anonymous' for nobody's")
        private Optional<String> actor = Optional.empty();

        @Option(names = "--kind", paramLabel = "KIND", description = "only about this kind of thing")
        private Optional<String> kind = Optional.empty();

        @Option(names = "--name", paramLabel = "NAME", description = "only about things of this name")
        private Optional<String> name = Optional.empty();

        @Option(
                names = "--from",
                paramLabel = "TIME",
                description = "not before: 2026-03-01T12:00:00Z, or 2h or 7d ago")
        private Optional<String> from = Optional.empty();

        @Option(names = "--to", paramLabel = "TIME", description = "before that")
        private Optional<String> to = Optional.empty();

        @Option(names = "--result", paramLabel = "RESULT", description = "accepted, refused or unknown")
        private Optional<String> result = Optional.empty();

        Search(Surroundings around) {
            super(around);
        }

        final String base() {
            return project.map(text -> "/v1/projects/" + Api.segment(new Name(text).value()) + "/audit")
                    .orElse("/v1/audit");
        }

        final SortedMap<String, String> query() {
            SortedMap<String, String> query = new TreeMap<>();
            actor.ifPresent(text -> query.put("actor", text));
            kind.ifPresent(text -> query.put("kind", text));
            name.ifPresent(text -> query.put("name", text));
            from.ifPresent(text -> query.put("from", time("--from", text)));
            to.ifPresent(text -> query.put("to", time("--to", text)));
            result.ifPresent(text -> query.put("result", text));
            return query;
        }

        private static String time(String option, String text) {
            if (text.matches("[1-9][0-9]{0,4}[mhd]")) {
                return Instant.now().minus(TokenVerbs.length(text)).toString();
            }
            try {
                return Instant.parse(text).toString();
            } catch (DateTimeParseException e) {
                throw Trouble.usage(option + ": '" + text
                        + "' is not a time; write it as 2026-03-01T12:00:00Z, or as 30m, 12h or 7d ago");
            }
        }
    }

    @Command(name = "list", description = "Say who did what, newest first.")
    static final class ListSome extends Search {
        @Option(names = "--limit", paramLabel = "N", description = "at most so many; 50 without it")
        private int limit = 50;

        ListSome(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            SortedMap<String, String> query = query();
            query.put("limit", Integer.toString(limit));
            try (Api api = api()) {
                JsonNode page = api.get(base() + Api.query(query));
                if (format() != Printer.Format.TABLE) {
                    printer().raw(page);
                } else if (page.path("items").isEmpty()) {
                    around().err().println("no entries");
                } else {
                    List<List<String>> rows = new ArrayList<>();
                    page.path("items").forEach(item -> rows.add(row(item)));
                    printer().table(List.of("NUMBER", "TIME", "WHO", "FROM", "DID", "PROJECT", "WHAT", "RESULT"), rows);
                }
            }
            return DONE;
        }

        private static List<String> row(JsonNode item) {
            long count = item.path("count").asLong(1);
            String route = item.at("/what/route").asText();
            String last = route.substring(route.lastIndexOf('/') + 1);
            String name = item.at("/what/name").asText();
            return List.of(
                    item.path("number").asText(),
                    item.path("at").asText(),
                    item.at("/who/name").asText(),
                    text(item.at("/who/from")),
                    item.at("/what/method").asText() + (last.startsWith("{") || name.isEmpty() ? "" : " " + last),
                    item.at("/what/project").asText("-"),
                    item.at("/what/kind").asText() + (name.isEmpty() ? "" : " " + name),
                    result(item.path("outcome")) + (count > 1 ? " (" + count + " times)" : ""));
        }

        private static String text(JsonNode value) {
            return value.asText().isEmpty() ? "-" : value.asText();
        }

        private static String result(JsonNode outcome) {
            int status = outcome.path("status").asInt();
            String field = outcome.path("field").asText();
            String why = outcome.path("code").asText() + (field.isEmpty() ? "" : " " + field);
            return status == 0 ? why : status + (why.isEmpty() ? "" : " " + why);
        }
    }

    @Command(name = "export", description = "Write all entries, oldest first, one JSON a line.")
    static final class Export extends Search {
        @Parameters(arity = "0..1", paramLabel = "FILE", description = "a new file; standard output without it")
        private Optional<Path> file = Optional.empty();

        @Option(names = "--after", paramLabel = "N", description = "only entries after this number")
        private long after;

        Export(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException {
            if (file.isEmpty()) {
                write(around().out());
                return DONE;
            }
            if (Files.exists(file.get())) {
                throw Trouble.failed(file.get() + " is there already");
            }
            Path partial = Path.of(file.get() + ".partial");
            try (PrintStream out = new PrintStream(Files.newOutputStream(partial), false, StandardCharsets.UTF_8)) {
                long last = write(out);
                if (out.checkError()) {
                    throw Trouble.failed(partial + " cannot be written: is the disk full?");
                }
                around().err().println("entries up to " + last + " are in " + file.get());
            }
            Files.move(partial, file.get());
            return DONE;
        }

        /** Page after page; the number of the last entry. */
        private long write(PrintStream out) {
            SortedMap<String, String> query = query();
            query.put("limit", Integer.toString(LINES));
            long last = after;
            try (Api api = api()) {
                List<String> lines;
                do {
                    query.put("after", Long.toString(last));
                    lines = page(api, base() + "/export" + Api.query(query));
                    for (String line : lines) {
                        out.print(line + "\n");
                    }
                    if (!lines.isEmpty()) {
                        last = Wire.stored(lines.getLast(), AuditEntry.class).number();
                    }
                } while (lines.size() == LINES);
            }
            return last;
        }

        private static List<String> page(Api api, String path) {
            HttpRequest request = api.request(path).GET().build();
            HttpResponse<String> answer = api.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                JsonNode problem = Wire.read("answer", answer.body(), JsonNode.class);
                throw Trouble.failed(Problem.words(answer.statusCode(), problem));
            }
            return answer.body().lines().toList();
        }
    }

    @Command(
            name = "verify",
            description = {
                "Compute the chain of hashes anew, and name the first entry that is not as it was.",
                "Note what it prints: with --known, a later run proves that nothing up to there was changed since.",
                "With a FILE, an export of the whole site is checked, without asking the server."
            })
    static final class Verify extends Verb {
        @Parameters(arity = "0..1", paramLabel = "FILE", description = "what 'yunqi audit export' wrote")
        private Optional<Path> file = Optional.empty();

        @Option(names = "--known", paramLabel = "N:HASH", description = "an entry and its hash, as noted earlier")
        private Optional<String> known = Optional.empty();

        Verify(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException {
            Optional<Mark> mark = known.map(Verify::mark);
            AuditVerdict verdict = file.isPresent() ? read(file.get(), mark) : ask(mark);
            if (format() != Printer.Format.TABLE) {
                printer().raw(Wire.tree(verdict));
            } else if (verdict.broken().isEmpty()) {
                around().out().println("whole up to entry " + verdict.upto() + ":" + verdict.hash());
            }
            if (verdict.broken().isPresent()) {
                around().err()
                        .println("yunqi: the audit is broken at entry "
                                + verdict.broken().get() + ": " + verdict.why().orElse(""));
                return Trouble.FAILED;
            }
            return DONE;
        }

        private static Mark mark(String text) {
            if (!text.matches("[0-9]{1,18}:[0-9a-f]{64}")) {
                throw Trouble.usage("--known: write it as N:HASH, as 'yunqi audit verify' prints it");
            }
            int colon = text.indexOf(':');
            return new Mark(Long.parseLong(text.substring(0, colon)), text.substring(colon + 1));
        }

        /** From what is known on first, if anything is; then all. */
        private AuditVerdict ask(Optional<Mark> mark) {
            try (Api api = api()) {
                if (mark.isPresent()) {
                    AuditVerdict since = follow(api, mark);
                    if (since.broken().isPresent()) {
                        return since;
                    }
                }
                return follow(api, Optional.empty());
            }
        }

        private AuditVerdict follow(Api api, Optional<Mark> from) {
            Optional<Mark> at = from;
            while (true) {
                SortedMap<String, String> query = new TreeMap<>();
                at.ifPresent(mark -> {
                    query.put("after", Long.toString(mark.number()));
                    query.put("hash", mark.hash());
                });
                AuditVerdict verdict = Wire.stored(
                        api.get("/v1/audit/verify" + Api.query(query)).toString(), AuditVerdict.class);
                if (verdict.complete()) {
                    return verdict;
                }
                at = Optional.of(new Mark(verdict.upto(), verdict.hash()));
                around().err().println("whole up to entry " + verdict.upto());
            }
        }

        /** An export that doesn't begin at the beginning is checked after its first entry, unless it is known what was before. */
        private static AuditVerdict read(Path file, Optional<Mark> known) throws IOException {
            Mark mark = Mark.START;
            boolean met = known.isEmpty();
            try (BufferedReader lines = Files.newBufferedReader(file)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    AuditEntry entry = entry(line, mark);
                    boolean first = mark.equals(Mark.START);
                    boolean follows = known.filter(one -> first && one.number() == entry.number() - 1)
                            .isPresent();
                    mark = follows ? known.get() : mark;
                    if (first && entry.number() > 1 && !follows) {
                        mark = Mark.of(entry);
                    } else {
                        switch (AuditChain.check(mark, List.of(entry))) {
                            case Found.Whole whole -> mark = whole.upto();
                            case Found.Broken broken -> {
                                return AuditVerdict.broken(mark, broken.number(), broken.why());
                            }
                        }
                    }
                    met = met || follows || known.equals(Optional.of(mark));
                }
            }
            return met
                    ? AuditVerdict.whole(mark, true)
                    : AuditVerdict.broken(
                            mark,
                            known.map(Mark::number).orElse(0L),
                            "entry " + known.map(Mark::number).orElse(0L) + " with the known hash is not in the file");
        }

        private static AuditEntry entry(String line, Mark after) {
            try {
                return Wire.read("line", line, AuditEntry.class);
            } catch (BadValue bad) {
                throw Trouble.failed(
                        "the line after entry " + after.number() + " is no entry of an audit: " + bad.getMessage());
            }
        }
    }
}

package yunqi.server.store;

import java.util.List;
import java.util.Optional;

/** Some rows, and the cursor of the page after if there is one. {@code version} is a change-log position no newer than any row: watch from it and nothing is missed. */
public record Page(List<Row> rows, Optional<String> next, long version) {}

package yunqi.server.store;

import yunqi.core.base.BadValue;
import yunqi.core.base.Name;

/** Where a page ends: {@code project/name} of its last row ({@code /name} where there is no project). A row that goes away meanwhile disturbs nothing. */
final class Cursor {
    private Cursor() {}

    static String write(Row last) {
        return last.meta().project().map(Name::value).orElse("") + "/"
                + last.meta().name();
    }

    static NameKey read(String kind, String cursor) {
        int slash = cursor.indexOf('/');
        if (slash < 0) {
            throw new BadValue("after", "'" + cursor + "' is not a cursor: give back 'next' of the page before");
        }
        return new NameKey(kind, cursor.substring(0, slash), cursor.substring(slash + 1));
    }
}

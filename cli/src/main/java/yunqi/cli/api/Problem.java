package yunqi.cli.api;

import com.fasterxml.jackson.databind.JsonNode;

/** A refusal of the API ({@code application/problem+json}) in two or three lines: what, which field, what to do. */
public final class Problem {
    private Problem() {}

    static Trouble trouble(Api.Answer answer, String url) {
        if (answer.status() == 401 && !answer.body().path("code").asText().equals("bad-login")) {
            return Trouble.failed("the server at " + url + " does not know this token: "
                    + answer.body().path("detail").asText()
                    + "\n  'yunqi login' gets another; the operator's first one is in ROOT/server/operator-token");
        }
        return Trouble.refused(answer.body().path("code").asText(""), words(answer.status(), answer.body()));
    }

    /** What the body says, or its status if it says nothing. */
    public static String words(int status, JsonNode body) {
        String title = first(body, "detail", "title");
        String field = body.path("field").asText("");
        String hint = body.path("hint").asText("");
        String code = body.path("code").asText("");
        if (title.isEmpty()) {
            title = body.isTextual() ? body.asText() : "the server answered with status " + status;
        }
        StringBuilder text = new StringBuilder();
        text.append(title.startsWith(field + ":") || field.isEmpty() ? title : field + ": " + title);
        if (!hint.isEmpty() && !title.contains(hint)) {
            text.append("\n  ").append(hint);
        }
        JsonNode reasons = body.path("reasons");
        reasons.forEach(reason -> text.append("\n  ").append(reason.isTextual() ? reason.asText() : reason.toString()));
        if (!code.isEmpty()) {
            text.append("\n  (").append(code).append(')');
        }
        return text.toString();
    }

    private static String first(JsonNode body, String... names) {
        for (String name : names) {
            String value = body.path(name).asText("");
            if (!value.isBlank()) {
                return value;
            }
        }
        return "";
    }
}

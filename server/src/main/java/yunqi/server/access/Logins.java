package yunqi.server.access;

import java.util.Optional;
import yunqi.core.base.Name;
import yunqi.core.wire.Api;
import yunqi.server.http.Refused;
import yunqi.server.project.UserTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Written;

/** Signing in by password, and changing it. Whatever is wrong, the answer is the same and takes as long: it doesn't tell which users there are. */
final class Logins {
    private final Store store;
    private final Tokens tokens;
    private final Passwords passwords;
    private final Attempts attempts;

    Logins(Store store, Tokens tokens, Passwords passwords, Attempts attempts) {
        this.store = store;
        this.tokens = tokens;
        this.passwords = passwords;
        this.attempts = attempts;
    }

    /** Signs in; {@code from} is the caller's address. Throws {@link Refused} if that is not the user's password, or if there were too many attempts. */
    Api.NewToken login(Api.Login login, String from) throws InterruptedException {
        attempts.begin(login.user().value(), from);
        Optional<Row> user = store.find(UserTable.KIND, Optional.empty(), login.user())
                .filter(row -> row.meta().wanted());
        boolean right = passwords.right(
                login.password(), user.flatMap(row -> UserTable.secrets(row).password()));
        if (!right || user.filter(row -> UserTable.spec(row).enabled()).isEmpty()) {
            throw new Refused(
                    403, // not 401, which would ask for a token
                    "bad-login",
                    "user and password do not match",
                    "an operator can set a new password: yunqi user password USER");
        }
        attempts.succeeded(login.user().value(), from);
        return tokens.session(user.get());
    }

    /**
     * Sets a new password, and ends what was signed in to with the old one. {@code proof} is there if the old one must be right: the caller's address, for
     * counting attempts.
     */
    void change(Row user, Api.NewPassword wish, Optional<String> proof, Optional<java.util.UUID> session)
            throws InterruptedException {
        Name name = user.meta().name();
        Optional<String> old = UserTable.secrets(user).password();
        if (proof.isPresent() && old.isPresent()) {
            attempts.begin(name.value(), proof.get());
            if (!passwords.right(wish.old().orElse(""), old)) {
                throw Refused.unfit("wrong-password", "old", "is not the password now", "");
            }
            attempts.succeeded(name.value(), proof.get());
        }
        Passwords.check(name, wish.password());
        String hash = passwords.hash(wish.password());
        for (Optional<Row> row = Optional.of(user); row.isPresent(); row = store.get(user.id())) {
            UserTable.Secrets secrets = new UserTable.Secrets(
                    Optional.of(hash), UserTable.secrets(row.get()).provider());
            if (store.write(java.util.List.of(UserTable.keep(row.get(), secrets))) instanceof Written.Done) {
                tokens.endSessions(row.get(), session);
                return;
            }
        }
        throw Refused.notFound("there is no user '" + name + "' any more", "");
    }
}

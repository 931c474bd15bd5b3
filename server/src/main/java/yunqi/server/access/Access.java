package yunqi.server.access;

import yunqi.core.base.Clock;
import yunqi.server.http.Caller;
import yunqi.server.http.Doorkeeper;
import yunqi.server.store.Store;

/** Everything that decides who gets in: made once, asked for every request. */
public final class Access implements Doorkeeper {
    private final Store store;
    private final Tokens tokens;
    private final Callers callers;
    private final Logins logins;

    /** What an operator sets. {@code hostsShown} if tenants may know the names of hosts. */
    public record Settings(boolean hostsShown) {
        public static final Settings USUAL = new Settings(false);
    }

    public Access(Store store, Clock clock, Settings settings) throws InterruptedException {
        this.store = store;
        this.tokens = new Tokens(store, clock);
        this.callers = new Callers(store, clock, tokens, settings.hostsShown());
        this.logins = new Logins(store, tokens, new Passwords(), new Attempts(clock));
    }

    @Override
    public Caller caller(String authorization) {
        return callers.caller(authorization);
    }

    public Tokens tokens() {
        return tokens;
    }

    Logins logins() {
        return logins;
    }

    Store store() {
        return store;
    }
}

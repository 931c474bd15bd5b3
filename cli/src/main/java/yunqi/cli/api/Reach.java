package yunqi.cli.api;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;

/** Says in words why a server could not be reached. */
final class Reach {
    private Reach() {}

    static Trouble trouble(String url, IOException fault) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case SSLException ssl -> {
                    return Trouble.failed(
                            "the server at " + url
                                    + " does not prove that it is the one of this context ("
                                    + Surroundings.line(String.valueOf(ssl.getMessage()))
                                    + ")\n  if it was set up anew, take its new certificate: 'yunqi up' on its machine, or 'yunqi context add' elsewhere");
                }
                case UnknownHostException _, UnresolvedAddressException _ -> {
                    return Trouble.failed("no machine is found at " + url
                            + ": the name does not resolve\n  'yunqi context' shows which server is meant");
                }
                case HttpConnectTimeoutException _ -> {
                    return slow(url);
                }
                case SocketTimeoutException timeout
                when String.valueOf(timeout.getMessage()).startsWith("Connect") -> {
                    return slow(url);
                }
                case NoRouteToHostException _ -> {
                    return slow(url);
                }
                case HttpTimeoutException _, SocketTimeoutException _ -> {
                    return Trouble.late(
                            "the server at " + url
                                    + " took the call but did not answer in time\n  look at its log (ROOT/log/server.log), then try again");
                }
                case ConnectException _ -> {
                    return Trouble.failed(
                            "the server at " + url
                                    + " cannot be reached: nothing listens there\n  'yunqi up' starts it on this machine; 'yunqi context' shows which server is meant");
                }
                case IOException name
                when String.valueOf(name.getMessage()).contains("HTTPS hostname") -> {
                    return Trouble.failed(
                            "the certificate of the server at " + url
                                    + " is for another name\n  use an address that it was set up with, or bring it 'up' with --address");
                }
                default -> {}
            }
        }
        return Trouble.failed("the call to " + url + " broke off ("
                + Surroundings.line(fault.getClass().getSimpleName() + ": " + fault.getMessage())
                + ")\n  try again; it does no harm");
    }

    private static Trouble slow(String url) {
        return Trouble.failed(
                "the server at " + url
                        + " cannot be reached: no answer in 5 s\n  check the network and its firewall; 'yunqi context' shows which server is meant");
    }
}

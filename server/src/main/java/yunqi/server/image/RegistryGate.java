package yunqi.server.image;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import yunqi.server.http.Mount;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;

/**
 * Who may do what in the registry: a repository is named {@code project/image}, so who reads the project pulls and its members push. Copying a layer from
 * another repository needs the right to read that one, too: whoever knows a digest would otherwise get at its bytes.
 */
public final class RegistryGate implements Mount.Gate {
    private static final Pattern REPOSITORY = Pattern.compile(
            "/v2/([a-z0-9-]{1,63})/[a-z0-9][a-z0-9._/-]*/" + "(manifests|blobs|tags|referrers)/[A-Za-z0-9._:/=-]*");
    private static final Pattern FROM = Pattern.compile("([a-z0-9-]{1,63})/[a-z0-9._/-]+");
    private static final Set<String> READS = Set.of("GET", "HEAD");

    @Override
    public List<Mount.Need> needs(HttpServletRequest request) {
        String path = request.getRequestURI(); // as it is passed on: nothing in it means anything else when decoded
        if (path.equals("/v2/")) {
            return List.of(new Mount.Need(Right.SIGNED_IN, ""));
        }
        if (path.equals("/v2/_catalog")) {
            return List.of(new Mount.Need(Right.OPERATOR, ""));
        }
        Matcher repository = REPOSITORY.matcher(path);
        if (!repository.matches() || path.contains("/../") || path.contains("//")) {
            throw Refused.notFound("there is no such path in the registry", "repositories are named project/image");
        }
        List<Mount.Need> needs = new ArrayList<>();
        boolean reads = READS.contains(request.getMethod());
        needs.add(new Mount.Need(reads ? Right.READER : Right.MEMBER, repository.group(1)));
        String[] from = request.getParameterMap().getOrDefault("from", new String[0]);
        for (String other : from) {
            Matcher named = FROM.matcher(other);
            if (!named.matches() || other.contains("..")) {
                throw Refused.unfit(
                        "bad-value", "from", "is not the name of a repository", "write it as project/image");
            }
            needs.add(new Mount.Need(Right.READER, named.group(1)));
        }
        return needs;
    }
}

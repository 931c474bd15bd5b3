package yunqi.cli.show;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import yunqi.core.wire.Kind;

/** One column of a list: its head, and what stands in it for a thing as the API returns it. */
public record Column(String head, BiFunction<JsonNode, Instant, String> cell) {
    /** The columns that lists of this kind show. */
    public static List<Column> of(Kind kind) {
        return switch (kind) {
            case PROJECT ->
                List.of(
                        at("NAME", "/name"),
                        at("INSTANCES", "/status/instances"),
                        at("NETWORKS", "/status/networks"),
                        at("IMAGES", "/status/images"),
                        age(),
                        at("DESCRIPTION", "/spec/description"));
            case USER ->
                List.of(
                        at("NAME", "/name"),
                        at("STATE", "/status/state"),
                        at("OPERATOR", "/spec/operator"),
                        new Column("ROLES", (item, _) -> roles(item.at("/status/roles"))),
                        at("TOKENS", "/status/tokens"),
                        age(),
                        at("DESCRIPTION", "/spec/description"));
            case GRANT -> List.of(at("USER", "/name"), at("ROLE", "/spec/role"), age());
            case HOST ->
                List.of(
                        at("NAME", "/name"),
                        at("STATE", "/status/state"),
                        at("ZONE", "/spec/zone"),
                        new Column("CPUS", (item, _) -> share(item, "milliCpus")),
                        new Column("MEMORY", (item, _) -> share(item, "memory")),
                        at("INSTANCES", "/status/instances"),
                        new Column("KVM", (item, _) -> kvm(item)),
                        age());
            case FLAVOR ->
                List.of(
                        at("NAME", "/name"),
                        at("CPUS", "/spec/vcpus"),
                        at("MEMORY", "/spec/memory"),
                        at("DISK", "/spec/disk"));
            case IMAGE ->
                List.of(
                        at("NAME", "/name"),
                        at("PROJECT", "/project"),
                        at("SEEN BY", "/status/visibility"),
                        at("TYPE", "/spec/type"),
                        new Column("SIZE", (item, _) -> size(text(item, "/spec/size"))),
                        at("ARCH", "/spec/architecture"),
                        new Column("DIGEST", (item, _) -> digest(text(item, "/spec/digest"))),
                        age(),
                        at("DESCRIPTION", "/spec/description"));
            case NETWORK ->
                List.of(
                        at("NAME", "/name"),
                        at("STATE", "/status/state"),
                        at("CIDR", "/spec/cidr"),
                        at("GATEWAY", "/status/gateway"),
                        at("TAKEN", "/status/taken"),
                        at("FREE", "/status/free"),
                        age());
            case INSTANCE ->
                List.of(
                        at("NAME", "/name"),
                        at("TYPE", "/spec/type"),
                        at("STATE", "/status/state"),
                        at("HOST", "/status/host"),
                        new Column("ADDRESS", (item, _) -> join(item.at("/status/addresses"))),
                        at("IMAGE", "/spec/image"),
                        at("FLAVOR", "/spec/flavor"),
                        new Column("TOOK", (item, _) -> took(item.at("/status/tookSeconds"))),
                        age());
        };
    }

    private static Column at(String head, String pointer) {
        return new Column(head, (item, _) -> text(item, pointer));
    }

    private static Column age() {
        return new Column("AGE", (item, now) -> {
            try {
                return age(Duration.between(Instant.parse(text(item, "/created")), now));
            } catch (DateTimeParseException e) {
                return "-";
            }
        });
    }

    static String text(JsonNode item, String pointer) {
        JsonNode value = item.at(pointer);
        String text =
                value.isMissingNode() || value.isNull() ? "" : value.isValueNode() ? value.asText() : value.toString();
        return text.isEmpty() ? "-" : text.replaceAll("\\p{Cntrl}", " ");
    }

    private static String join(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(one -> texts.add(one.asText()));
        return texts.isEmpty() ? "-" : String.join(",", texts);
    }

    private static String roles(JsonNode roles) {
        List<String> texts = new ArrayList<>();
        roles.properties()
                .forEach(role -> texts.add(role.getKey() + "=" + role.getValue().asText()));
        return texts.isEmpty() ? "-" : String.join(",", texts);
    }

    private static String share(JsonNode host, String field) {
        String promised = text(host, "/status/promised/" + field);
        String capacity = text(host, "/status/capacity/" + field);
        if (!field.equals("milliCpus")) {
            return size(promised) + "/" + size(capacity);
        }
        return cpus(host.at("/status/promised/milliCpus").asLong()) + "/"
                + cpus(host.at("/status/capacity/milliCpus").asLong());
    }

    private static String cpus(long milli) {
        return milli % 1000 == 0 ? Long.toString(milli / 1000) : String.format(Locale.ROOT, "%.1f", milli / 1000.0);
    }

    private static String kvm(JsonNode host) {
        JsonNode usable = host.at("/status/facts/kvm/usable");
        return usable.isMissingNode() ? "-" : usable.asBoolean() ? "yes" : "no";
    }

    private static String digest(String digest) {
        return digest.startsWith("sha256:") && digest.length() > 19 ? digest.substring(7, 19) : digest;
    }

    /** A size with at most three digits before its unit, for people; exact ones stay as they are. */
    static String size(String text) {
        long bytes;
        try {
            bytes = yunqi.core.base.Bytes.parse(text).count();
        } catch (IllegalArgumentException e) {
            return text;
        }
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(
                Locale.ROOT, value < 10 && value != Math.rint(value) ? "%.1f%s" : "%.0f%s", value, units[unit]);
    }

    private static String took(JsonNode seconds) {
        return seconds.isNumber() ? String.format(Locale.ROOT, "%.1fs", seconds.asDouble()) : "-";
    }

    /** How long ago, in one unit or two: {@code 45s}, {@code 12m}, {@code 3h20m}, {@code 5d}. */
    static String age(Duration age) {
        long seconds = Math.max(0, age.toSeconds());
        if (seconds < 120) {
            return seconds + "s";
        }
        if (seconds < 2 * 3600) {
            return seconds / 60 + "m";
        }
        if (seconds < 48 * 3600) {
            return seconds / 3600 + "h" + (seconds % 3600 / 60 == 0 ? "" : seconds % 3600 / 60 + "m");
        }
        return seconds / 86400 + "d";
    }
}

package yunqi.core.host;

import yunqi.core.base.BadValue;
import yunqi.core.base.Name;

/**
 * What an operator wants of a host: where it stands, whether new instances may be placed on it, and how many processors may be promised for
 * each real one.
 */
public record HostSpec(Name zone, Name rack, boolean schedulable, double cpuOvercommit) {
    public static final Name FIRST_ZONE = new Name("zone-1");
    public static final Name FIRST_RACK = new Name("rack-1");
    public static final double CPU_OVERCOMMIT = 4.0; // what most private clouds run general guests at
    public static final HostSpec FIRST = new HostSpec(FIRST_ZONE, FIRST_RACK, true, CPU_OVERCOMMIT);

    public HostSpec {
        if (!(cpuOvercommit >= 1.0 && cpuOvercommit <= 64.0)) {
            throw new BadValue("spec.cpuOvercommit", cpuOvercommit + " is not between 1 and 64");
        }
    }
}

package yunqi.core.instance;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.network.NicPlan;

/** All that a host needs to know to make and run an instance. Two equal plans make the same engine object. */
public record InstancePlan(
        InstanceId id,
        Name project,
        Name name,
        ImageType type,
        FlavorSpec shape,
        ImagePlan image,
        boolean agent,
        boolean cloudInit,
        List<NicPlan> nics,
        List<String> command,
        SortedMap<String, String> env,
        Optional<String> userData,
        List<String> keys) {
    public InstancePlan {
        nics = List.copyOf(nics);
        command = List.copyOf(command);
        keys = List.copyOf(keys);
        env = Collections.unmodifiableSortedMap(new TreeMap<>(env));
    }
}

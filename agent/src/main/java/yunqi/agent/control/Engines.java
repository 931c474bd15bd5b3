package yunqi.agent.control;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.network.PortDriver;

/**
 * The engines of this host. A host need not have one for each type; an instance of another type is refused by it. {@code metadata} answers what instances
 * ask about themselves.
 */
public record Engines(List<InstanceDriver> instances, List<ImageDriver> images, PortDriver ports, Audience metadata) {
    public Engines {
        instances = List.copyOf(instances);
        images = List.copyOf(images);
        Map<ImageType, InstanceDriver> types = new EnumMap<>(ImageType.class);
        for (InstanceDriver driver : instances) {
            if (types.put(driver.type(), driver) != null) {
                throw new IllegalArgumentException("two engines for " + driver.type());
            }
        }
    }

    /** Of a host on which nobody asks. */
    public Engines(List<InstanceDriver> instances, List<ImageDriver> images, PortDriver ports) {
        this(instances, images, ports, _ -> {});
    }

    InstanceDriver instances(ImageType type) throws EngineException {
        for (InstanceDriver driver : instances) {
            if (driver.type() == type) {
                return driver;
            }
        }
        throw none(type);
    }

    ImageDriver images(ImageType type) throws EngineException {
        for (ImageDriver driver : images) {
            if (driver.type() == type) {
                return driver;
            }
        }
        throw none(type);
    }

    private static EngineException none(ImageType type) {
        return new EngineException(EngineException.Kind.REFUSED, "this host has no engine for a " + type);
    }
}

package yunqi.core.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.image.ImageType;

/**
 * What an image recipe says about the image it built (its {@code image.json}): {@code cmdline} is a VM's kernel command line, {@code command} and
 * {@code env} are a container's; the rest is as in {@link yunqi.core.image.ImageSpec}.
 */
public record ImageRecipe(
        ImageType type,
        Bytes minMemory,
        String architecture,
        boolean agent,
        boolean cloudInit,
        String description,
        String cmdline,
        List<String> command,
        SortedMap<String, String> env) {
    private static final String OPTIONAL = """
            {"minMemory":"0","architecture":"amd64","agent":false,"cloudInit":false,"description":"","cmdline":"","command":[],"env":{}}""";

    public ImageRecipe {
        command = List.copyOf(command);
        env = Collections.unmodifiableSortedMap(new TreeMap<>(env));
    }

    /** Reads an {@code image.json}; all but {@code type} may be left out. Throws {@link BadValue} naming the field. */
    public static ImageRecipe read(String json) {
        try {
            ObjectNode tree = (ObjectNode) Wire.strict().readTree(OPTIONAL);
            if (!(Wire.strict().readTree(json) instanceof ObjectNode given)
                    || !given.path("type").isTextual()) {
                throw new BadValue("image.json", "needs a \"type\" of \"vm\" or \"container\"");
            }
            return Wire.read("image.json", tree.setAll(given), ImageRecipe.class);
        } catch (JsonProcessingException e) {
            throw Faults.badValue("image.json", e);
        }
    }
}

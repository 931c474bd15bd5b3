package yunqi.core.image;

import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;

/** How large images may be: {@code stored} as they are sent and kept, {@code unpacked} a container's files, {@code disk} a VM's disk as its guest sees it. */
public record ImageLimits(Bytes stored, Bytes unpacked, Bytes disk) {
    /** Larger than any image that is published for clouds, and small beside the disks of a site. */
    public static final ImageLimits USUAL =
            new ImageLimits(Bytes.gibibytes(32), Bytes.gibibytes(64), Bytes.gibibytes(2 * 1024));

    public ImageLimits {
        if (stored.count() == 0 || unpacked.count() == 0 || disk.count() == 0) {
            throw new BadValue("images", "a limit of 0 would refuse every image");
        }
    }
}

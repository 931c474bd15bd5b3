package yunqi.core.image;

/** What can be made from an image. */
public enum ImageType {
    VM,
    CONTAINER
}

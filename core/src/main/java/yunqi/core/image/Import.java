package yunqi.core.image;

import yunqi.core.base.Meta;

/** An image on its way in. It has the name that the image will have, in the project that the image will be in. */
public record Import(Meta meta, ImportSpec spec, ImportDecided decided) {}

package yunqi.core.image;

import yunqi.core.base.Meta;

/** A size of instances that an operator offers. */
public record Flavor(Meta meta, FlavorSpec spec) {}

package yunqi.agent.engines;

import java.util.List;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;

/** The images of an engine that comes up beside the agent. */
record LateImages(ImageType type, Late<ImageDriver> late) implements ImageDriver {
    @Override
    public LocalImage ensure(ImagePlan image) throws EngineException {
        return late.get().ensure(image);
    }

    @Override
    public List<LocalImage> list() throws EngineException {
        return late.get().list();
    }

    @Override
    public void remove(Digest digest) throws EngineException {
        late.get().remove(digest);
    }
}

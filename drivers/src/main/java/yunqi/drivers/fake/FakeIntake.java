package yunqi.drivers.fake;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.base.EngineException.Kind;
import yunqi.core.image.ImageInspector;
import yunqi.core.image.ImageIntake;
import yunqi.core.image.ImageShelf;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImportSpec;

/** Takes in pretended files: it counts their bytes and forgets them. It believes what is said of an image, unless it is told to fail. */
public final class FakeIntake implements ImageIntake, ImageInspector, ImageShelf {
    private static final Bytes FETCHED = Bytes.mebibytes(8);

    private final Faults faults;
    private final Map<UUID, Bytes> files = new TreeMap<>();

    public FakeIntake(Faults faults) {
        this.faults = faults;
    }

    @Override
    public ImageSpec inspect(ImageSpec said) throws EngineException {
        before("image.inspect");
        return said;
    }

    @Override
    public synchronized Bytes received(UUID id) {
        return files.getOrDefault(id, new Bytes(0));
    }

    @Override
    public synchronized Bytes append(UUID id, Bytes offset, InputStream bytes, Bytes most) throws EngineException {
        if (!received(id).equals(offset)) {
            throw new EngineException(Kind.REFUSED, "the file ends at " + received(id) + ", not at " + offset);
        }
        Bytes all;
        try {
            all = offset.plus(new Bytes(bytes.transferTo(OutputStream.nullOutputStream())));
        } catch (IOException e) {
            throw new EngineException(Kind.UNAVAILABLE, "the sender broke off", e);
        }
        if (all.compareTo(most) > 0) {
            throw new EngineException(Kind.REFUSED, "more is sent than the " + most + " that were said");
        }
        files.put(id, all);
        return all;
    }

    @Override
    public void fetch(UUID id, ImportSpec spec) throws EngineException {
        before("image.fetch");
        synchronized (this) {
            files.put(id, FETCHED);
        }
    }

    @Override
    public ImageSpec finish(UUID id, ImportSpec spec, String repository) throws EngineException {
        before("image.finish");
        return new ImageSpec(
                spec.type(),
                repository,
                spec.sha256(),
                received(id),
                spec.minMemory(),
                spec.architecture(),
                spec.agent(),
                spec.cloudInit(),
                spec.description());
    }

    /** Nothing takes room here. */
    @Override
    public Bytes collect(Supplier<Set<Held>> held, Duration grace) throws EngineException {
        before("image.collect");
        return new Bytes(0);
    }

    private void before(String operation) throws EngineException {
        Faults.Fault fault = faults.next(operation);
        if (fault instanceof Faults.Fault.Fails(Kind kind)) {
            throw new EngineException(kind, operation + " fails as planned");
        }
        if (fault instanceof Faults.Fault.Lies(Kind kind)) {
            throw new EngineException(kind, operation + " fails as planned");
        }
    }

    @Override
    public synchronized void forget(UUID id) {
        files.remove(id);
    }

    @Override
    public synchronized List<UUID> list() {
        return List.copyOf(files.keySet());
    }
}

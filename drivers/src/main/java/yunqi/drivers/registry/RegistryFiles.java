package yunqi.drivers.registry;

import java.nio.file.Path;
import yunqi.core.base.Digest;

/** Where docker-registry keeps what, below the state root. The layout is that of its file system driver, the same since its version 2.0. */
record RegistryFiles(Path data) {
    static RegistryFiles of(Path root) {
        return new RegistryFiles(root.resolve("server/registry/data/docker/registry/v2"));
    }

    Path blobs() {
        return data.resolve("blobs/sha256");
    }

    Path repositories() {
        return data.resolve("repositories");
    }

    /** The folder of a blob: it has one file, {@code data}. */
    Path folder(Digest digest) {
        return blobs().resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
    }

    Path blob(Digest digest) {
        return folder(digest).resolve("data");
    }
}

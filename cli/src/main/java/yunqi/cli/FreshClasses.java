package yunqi.cli;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Writes the classes of a jar in today's format. The JVM keeps no class of before Java 6 in its cache of loaded classes, and picocli is still compiled for
 * Java 5: reading it anew took half of every call. Called by {@code ./yunqi} when it builds; nothing but speed depends on it.
 */
public final class FreshClasses {
    private static final ClassFileVersion TODAY = ClassFileVersion.of(ClassFile.JAVA_21_VERSION, 0);

    private FreshClasses() {}

    /** {@code args}: the jar to read, and the one to write. */
    public static void main(String[] args) throws IOException {
        try (JarFile from = new JarFile(args[0]);
                URLClassLoader loader = loader(Path.of(args[0]));
                JarOutputStream to = new JarOutputStream(Files.newOutputStream(Path.of(args[1])))) {
            ClassFile format = ClassFile.of(
                    ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ConstantPoolSharingOption.NEW_POOL,
                    ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(loader)
                            .orElse(ClassHierarchyResolver.defaultResolver())));
            for (JarEntry entry : Collections.list(from.entries())) {
                byte[] bytes;
                try (InputStream in = from.getInputStream(entry)) {
                    bytes = in.readAllBytes();
                }
                to.putNextEntry(new JarEntry(entry.getName()));
                boolean ours = entry.getName().endsWith(".class")
                        && !entry.getName().startsWith("META-INF/")
                        && !entry.getName().equals("module-info.class");
                to.write(ours ? fresh(format, bytes) : bytes);
                to.closeEntry();
            }
        }
    }

    private static URLClassLoader loader(Path jar) throws MalformedURLException {
        return new URLClassLoader(
                new java.net.URL[] {URI.create("jar:" + jar.toUri() + "!/").toURL()}, null);
    }

    private static byte[] fresh(ClassFile format, byte[] bytes) {
        ClassTransform bodies = ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL);
        ClassTransform version =
                (builder, element) -> builder.with(element instanceof ClassFileVersion ? TODAY : element);
        return format.transformClass(format.parse(bytes), version.andThen(bodies));
    }
}

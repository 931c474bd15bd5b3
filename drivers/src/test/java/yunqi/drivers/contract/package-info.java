/**
 * One suite per driver interface: every sentence of the interface's Javadoc as a test. Each body of the interface subclasses its suite, the fakes as
 * {@code Fake…Test}, the real engines as {@code …IT}. Start with {@link InstanceDriverContract}.
 */
@NullMarked
package yunqi.drivers.contract;

import org.jspecify.annotations.NullMarked;

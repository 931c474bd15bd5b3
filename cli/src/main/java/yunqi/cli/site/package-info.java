/** This machine as a host: {@code up}, {@code down}, {@code purge}, {@code join}. Start with {@code Up}. */
@NullMarked
package yunqi.cli.site;

import org.jspecify.annotations.NullMarked;

@NullMarked
package yunqi.drivers.web;

import org.jspecify.annotations.NullMarked;

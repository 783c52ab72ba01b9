/** The ground: values without I/O, which every other package may use. */
@NullMarked
package io.tokenbroker.server.token;

import org.jspecify.annotations.NullMarked;

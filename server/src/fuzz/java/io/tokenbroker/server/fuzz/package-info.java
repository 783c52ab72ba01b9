/** Input that nobody would think of, and what must hold for it: {@code make fuzz}. */
@NullMarked
package io.tokenbroker.server.fuzz;

import org.jspecify.annotations.NullMarked;

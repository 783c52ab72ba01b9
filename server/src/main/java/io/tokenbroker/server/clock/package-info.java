/** Time: what it is now, when something ends, and what is to be done then; the JDK alone. */
@NullMarked
package io.tokenbroker.server.clock;

import org.jspecify.annotations.NullMarked;

/** What a token may take, what it has taken, and so until when it is kept back; the JDK alone. */
@NullMarked
package io.tokenbroker.server.limit;

import org.jspecify.annotations.NullMarked;

/** The port to where tokens are kept, and the bounded threads that may block on it. */
@NullMarked
package io.tokenbroker.server.store;

import org.jspecify.annotations.NullMarked;

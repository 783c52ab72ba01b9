/** The structured log: one line an event, as text or JSON, escaped, never in a caller's way. */
@NullMarked
package io.tokenbroker.server.log;

import org.jspecify.annotations.NullMarked;

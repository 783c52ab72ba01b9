/** Spans of calls, told to a collector of OpenTelemetry. */
@NullMarked
package io.tokenbroker.server.trace;

import org.jspecify.annotations.NullMarked;

/** What the broker counts, told to Prometheus. Reads what others keep when it is asked. */
@NullMarked
package io.tokenbroker.server.telemetry;

import org.jspecify.annotations.NullMarked;

/**
 * What is written down: who did or was refused what, and who was handed which secret. Lines of
 * JSON, chained by hash. JDK only, but for the log and the reader's JSON.
 */
@NullMarked
package io.tokenbroker.server.audit;

import org.jspecify.annotations.NullMarked;

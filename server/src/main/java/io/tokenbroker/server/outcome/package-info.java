/** What a report of an outcome does to a token and its account: one state machine, without I/O. */
@NullMarked
package io.tokenbroker.server.outcome;

import org.jspecify.annotations.NullMarked;

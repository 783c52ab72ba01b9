/** The use cases that rpc calls, and the periodic jobs. */
@NullMarked
package io.tokenbroker.server.broker;

import org.jspecify.annotations.NullMarked;

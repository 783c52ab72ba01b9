/** A broker that does what a test says, in memory or behind a real socket. */
@NullMarked
package io.tokenbroker.client.fake;

import org.jspecify.annotations.NullMarked;

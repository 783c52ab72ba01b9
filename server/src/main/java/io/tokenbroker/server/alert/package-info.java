/** What operators are told of accounts and tokens without asking, by webhooks. */
@NullMarked
package io.tokenbroker.server.alert;

import org.jspecify.annotations.NullMarked;

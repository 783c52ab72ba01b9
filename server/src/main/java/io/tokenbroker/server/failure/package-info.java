/** Why a call can fail: one exception per reason, ground floor like the values. */
@NullMarked
package io.tokenbroker.server.failure;

import org.jspecify.annotations.NullMarked;

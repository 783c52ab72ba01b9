/** The use cases of accounts: turns, changes, watches, and the jobs that refresh and save. */
@NullMarked
package io.tokenbroker.server.account;

import org.jspecify.annotations.NullMarked;

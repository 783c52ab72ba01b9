/** Batch workers that share an account's tokens by leases; explained in docs/batch-workers.md. */
@NullMarked
package io.tokenbroker.example;

import org.jspecify.annotations.NullMarked;

/** Load on a broker, and what its answers take. */
@NullMarked
package io.tokenbroker.client.cli.bench;

import org.jspecify.annotations.NullMarked;

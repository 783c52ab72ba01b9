@NullMarked
package io.tokenbroker.client.cli.bench;

import org.jspecify.annotations.NullMarked;

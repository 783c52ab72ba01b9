@NullMarked
package io.tokenbroker.client.cli;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.tokenbroker.client.cli.importing;

import org.jspecify.annotations.NullMarked;

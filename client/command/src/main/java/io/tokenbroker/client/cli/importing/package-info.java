/**
 * Reads files of secrets. What it says about a line never holds a part of the line that may be
 * secret.
 */
@NullMarked
package io.tokenbroker.client.cli.importing;

import org.jspecify.annotations.NullMarked;

/** Backups: what they are made of, and whether one is whole. */
@NullMarked
package io.tokenbroker.server.backup;

import org.jspecify.annotations.NullMarked;

/** The core, JDK only: one rotation per account, in a striped table. */
@NullMarked
package io.tokenbroker.server.rotation;

import org.jspecify.annotations.NullMarked;

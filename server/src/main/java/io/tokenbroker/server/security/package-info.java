/** Who may connect: TLS and the certificates of callers. */
@NullMarked
package io.tokenbroker.server.security;

import org.jspecify.annotations.NullMarked;

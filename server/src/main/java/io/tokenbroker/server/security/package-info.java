/** Who may connect, who calls, and what they may: TLS, certificates, bearer tokens, the policy. */
@NullMarked
package io.tokenbroker.server.security;

import org.jspecify.annotations.NullMarked;

/** Certificates and keys in PEM files, for both ends of a connection. */
@NullMarked
package io.tokenbroker.client.tls;

import org.jspecify.annotations.NullMarked;

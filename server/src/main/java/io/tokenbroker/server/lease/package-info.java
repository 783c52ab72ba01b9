/** Leases: who may have which token, decided on the database's rows and by its clock. */
@NullMarked
package io.tokenbroker.server.lease;

import org.jspecify.annotations.NullMarked;

/**
 * All of leases but gRPC and SQL: the rules that the database applies by its clock, group commit,
 * the calls and streams, and what this broker believes about others' leases.
 */
@NullMarked
package io.tokenbroker.server.lease;

import org.jspecify.annotations.NullMarked;

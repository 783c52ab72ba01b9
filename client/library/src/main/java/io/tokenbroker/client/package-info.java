/**
 * The thin client of the token broker: connections, fail-over, retries and a pulled supply of
 * turns. It returns the messages of the contract ({@code io.tokenbroker.v1}) as they are.
 *
 * <p>It needs grpc, protobuf and the JDK, nothing else.
 */
@NullMarked
package io.tokenbroker.client;

import org.jspecify.annotations.NullMarked;

/**
 * The gRPC edge: messages to values and back, streams, status mapping. Generated classes stop here.
 */
@NullMarked
package io.tokenbroker.server.grpc;

import org.jspecify.annotations.NullMarked;

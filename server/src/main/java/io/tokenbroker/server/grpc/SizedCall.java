package io.tokenbroker.server.grpc;

/** A call whose messages take other room than in protobuf. */
public interface SizedCall<A> {
  /** What a message takes as it is sent, in bytes; it may be asked for before it is sent. */
  int size(A message);
}

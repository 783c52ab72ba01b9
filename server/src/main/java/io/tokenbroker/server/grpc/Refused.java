package io.tokenbroker.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.tokenbroker.server.fleet.Owners;
import io.tokenbroker.server.model.FailureReason;
import java.util.Map;
import java.util.Set;

/** Reads what a broker's failure tells another broker. */
record Refused(String reason, Map<String, String> metadata) {
  /** What no broker has said. */
  private static final Refused NOTHING = new Refused("", Map.of());

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  /** Codes of grpc-java itself for a connection that can't be made, or broke. */
  private static final Set<Status.Code> BROKEN =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.UNKNOWN, Status.Code.INTERNAL);

  static Refused of(Status status, Metadata trailers) {
    com.google.rpc.Status told =
        trailers.containsKey(DETAILS) ? StatusProto.fromStatusAndTrailers(status, trailers) : null;
    if (told != null) {
      for (Any detail : told.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          return of(detail);
        }
      }
    }
    return NOTHING;
  }

  private static Refused of(Any detail) {
    try {
      ErrorInfo info = detail.unpack(ErrorInfo.class);
      return new Refused(info.getReason(), info.getMetadataMap());
    } catch (InvalidProtocolBufferException e) {
      return NOTHING;
    }
  }

  /** Whether a broker has said why. */
  static boolean isOfBroker(Metadata trailers) {
    return trailers.containsKey(DETAILS);
  }

  /** Whether no broker has answered. */
  static boolean isBroken(Status status, Metadata trailers) {
    return BROKEN.contains(status.getCode())
        && !trailers.containsKey(DETAILS)
        && !trailers.containsKey(Hop.OWNER);
  }

  boolean is(FailureReason which) {
    return reason.equals(which.name());
  }

  /** Whether nothing was done, and another broker may answer, or the same one later. */
  boolean wantsAnother() {
    return is(FailureReason.NOT_OWNER) || is(FailureReason.SHUTTING_DOWN) || isOfNoPeer();
  }

  private boolean isOfNoPeer() {
    return is(FailureReason.UNAUTHENTICATED) && "not_a_peer".equals(metadata.get("cause"));
  }

  /** Hands on what it says of the owner. */
  void tell(Owners owners) {
    if (is(FailureReason.NOT_OWNER)) {
      try {
        owners.moved(
            Integer.parseInt(metadata.getOrDefault("partition", "")),
            Long.parseLong(metadata.getOrDefault("epoch", "")),
            metadata.getOrDefault("owner", ""));
      } catch (NumberFormatException e) {
        // of a broker that knows no better
      }
    }
  }
}

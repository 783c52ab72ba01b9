package io.tokenbroker.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads the machine-readable details of the broker's errors. Every method takes any throwable and
 * is empty where the detail is missing, as for errors that did not come from a broker.
 */
public final class BrokerErrors {
  private static final String DOMAIN = "tokenbroker";

  private BrokerErrors() {}

  /** Why the broker refused: the name of an {@code ErrorReason} without its prefix. */
  public static Optional<String> reason(Throwable error) {
    return errorInfo(error).map(ErrorInfo::getReason);
  }

  /** What the broker adds to the reason under this key, such as {@code incident}. */
  public static Optional<String> metadata(Throwable error, String key) {
    return errorInfo(error).map(info -> info.getMetadataMap().get(key));
  }

  /** How long to wait at least before another try; never negative. */
  public static Optional<Duration> retryAfter(Throwable error) {
    return detail(error, RetryInfo.class)
        .map(info -> info.getRetryDelay())
        .map(delay -> Duration.ofSeconds(delay.getSeconds(), delay.getNanos()))
        .map(delay -> delay.isNegative() ? Duration.ZERO : delay);
  }

  /** Whether the broker is away, or says when to try again. */
  static boolean isWorthAWait(Throwable error) {
    return switch (Status.fromThrowable(error).getCode()) {
      case UNAVAILABLE -> true;
      case RESOURCE_EXHAUSTED -> retryAfter(error).isPresent();
      default -> false;
    };
  }

  /** The path of the first field that is not as documented, such as {@code tokens[3].weight}. */
  public static Optional<String> field(Throwable error) {
    return detail(error, BadRequest.class)
        .filter(bad -> bad.getFieldViolationsCount() > 0)
        .map(bad -> bad.getFieldViolations(0).getField())
        .or(() -> metadata(error, "field"));
  }

  private static Optional<ErrorInfo> errorInfo(Throwable error) {
    return detail(error, ErrorInfo.class).filter(info -> info.getDomain().equals(DOMAIN));
  }

  private static <M extends Message> Optional<M> detail(Throwable error, Class<M> type) {
    com.google.rpc.Status status = StatusProto.fromThrowable(error);
    if (status == null) {
      return Optional.empty();
    }
    for (Any any : status.getDetailsList()) {
      if (any.is(type)) {
        try {
          return Optional.of(any.unpack(type));
        } catch (InvalidProtocolBufferException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}

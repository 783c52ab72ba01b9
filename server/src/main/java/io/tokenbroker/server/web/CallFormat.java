package io.tokenbroker.server.web;

import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpUtil;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * In which format a call comes and is answered.
 *
 * @param framing null for one answer
 */
record CallFormat(Codec codec, @Nullable Framing framing) {

  /** Empty for a format that is not spoken. */
  static Optional<CallFormat> of(HttpRequest request, boolean oneAnswer) {
    CharSequence type = HttpUtil.getMimeType(request);
    String known = type == null ? "" : type.toString().trim().toLowerCase(Locale.ROOT);
    if (oneAnswer) {
      return switch (known) {
        case "application/json" -> Optional.of(new CallFormat(Codec.JSON, null));
        case "application/proto" -> Optional.of(new CallFormat(Codec.PROTO, null));
        default -> Optional.empty();
      };
    }
    return switch (known) {
      case "application/json" -> Optional.of(new CallFormat(Codec.JSON, accepted(request)));
      case "application/connect+json" -> Optional.of(new CallFormat(Codec.JSON, Framing.ENVELOPES));
      case "application/connect+proto" ->
          Optional.of(new CallFormat(Codec.PROTO, Framing.BINARY_ENVELOPES));
      default -> Optional.empty();
    };
  }

  private static Framing accepted(HttpRequest request) {
    String accept = request.headers().get(HttpHeaderNames.ACCEPT, "");
    return accept.contains(Framing.EVENTS.contentType()) ? Framing.EVENTS : Framing.LINES;
  }
}

package io.tokenbroker.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CallSpanTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private final List<SpanData> told = new CopyOnWriteArrayList<>();
  private final Tracing tracing =
      new Tracing(
          OpenTelemetrySdk.builder()
              .setTracerProvider(
                  SdkTracerProvider.builder()
                      .addSpanProcessor(SimpleSpanProcessor.create(new Memory()))
                      .build())
              .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
              .build(),
          "1");

  private final class Memory implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      told.addAll(spans);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  @AfterEach
  void close() {
    tracing.close();
  }

  private CallSpan begin(String sampled) {
    Map<String, String> headers =
        Map.of("traceparent", "00-" + TRACE + "-" + PARENT + "-" + sampled);
    return tracing.begin("made.up.Service", "Method", headers::get);
  }

  @Test
  void whatGoesOnToAnotherBrokerIsBelowTheCall() {
    CallSpan call = begin("01");
    Map<String, String> onward = new HashMap<>();
    call.onward(onward::put);
    call.end(0, "OK", false);
    assertThat(told)
        .singleElement()
        .satisfies(
            span -> {
              assertThat(span.getTraceId()).isEqualTo(TRACE);
              assertThat(span.getParentSpanId()).isEqualTo(PARENT);
              assertThat(onward.get("traceparent"))
                  .isEqualTo("00-" + TRACE + "-" + span.getSpanId() + "-01");
            });
  }

  @Test
  void whatItsCallerDoesNotTraceIsNotTold() {
    CallSpan call = begin("00");
    assertThat(call.begin("part")).isSameAs(Spans.Part.NONE);
    Map<String, String> onward = new HashMap<>();
    call.onward(onward::put);
    call.end(0, "OK", false);
    assertThat(told).isEmpty();
    assertThat(onward.get("traceparent")).startsWith("00-" + TRACE).endsWith("-00");
  }

  @Test
  void aPartThatFailsTellsItsReasonAndNoText() {
    CallSpan call = begin("01");
    CompletableFuture<Void> part = new CompletableFuture<>();
    assertThat(call.during("part", part)).isSameAs(part);
    assertThat(told).isEmpty();
    part.completeExceptionally(
        BrokerException.credentialsDoNotExist(new AccountId("made-up-account")));
    CompletableFuture<Void> other = new CompletableFuture<>();
    assertThat(call.during("other", other)).isSameAs(other);
    other.completeExceptionally(new IllegalStateException("made-up text"));
    call.end(14, "UNAVAILABLE", true);
    assertThat(told)
        .extracting(span -> span.getAttributes().get(ERROR))
        .containsExactly(
            "CREDENTIALS_DO_NOT_EXIST", "java.lang.IllegalStateException", "UNAVAILABLE");
    assertThat(told).allMatch(span -> span.getStatus().getStatusCode() == StatusCode.ERROR);
    assertThat(told.toString()).doesNotContain("made-up-account", "made-up text");
    assertThat(told.get(0).getParentSpanId()).isEqualTo(told.get(2).getSpanId());
  }

  @Test
  void whatIsDoneAtOnceHasNoPart() {
    CallSpan call = begin("01");
    assertThat(call.during("part", CompletableFuture.completedFuture(1))).isCompletedWithValue(1);
    call.end(5, "NOT_FOUND", false);
    assertThat(told)
        .singleElement()
        .matches(span -> span.getStatus().getStatusCode() == StatusCode.UNSET);
  }
}

package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.tokenbroker.client.fake.Errors;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BrokerErrorsTest {
  @Test
  void readsReasonRetryAndField() {
    assertThat(BrokerErrors.reason(Errors.noCredentials("42")))
        .contains("CREDENTIALS_DO_NOT_EXIST");
    assertThat(BrokerErrors.retryAfter(Errors.shuttingDown(Duration.ofMillis(1500))))
        .contains(Duration.ofMillis(1500));
    assertThat(BrokerErrors.field(Errors.invalid("tokens[3].weight", "no")))
        .contains("tokens[3].weight");
  }

  @Test
  void isEmptyForWhatDidNotComeFromABroker() {
    for (Throwable error :
        new Throwable[] {
          Status.UNAVAILABLE.asRuntimeException(), new IllegalStateException("other"),
        }) {
      assertThat(BrokerErrors.reason(error)).isEmpty();
      assertThat(BrokerErrors.retryAfter(error)).isEmpty();
      assertThat(BrokerErrors.field(error)).isEmpty();
    }
  }

  @Test
  void doesNotTakeTheReasonOfAnotherDomain() {
    var other =
        StatusProto.toStatusRuntimeException(
            com.google.rpc.Status.newBuilder()
                .setCode(Status.Code.UNAVAILABLE.value())
                .addDetails(
                    Any.pack(
                        ErrorInfo.newBuilder().setDomain("proxy").setReason("OVERLOADED").build()))
                .build());
    assertThat(BrokerErrors.reason(other)).isEmpty();
  }
}

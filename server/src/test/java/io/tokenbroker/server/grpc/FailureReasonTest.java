package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.v1.ErrorReason;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FailureReasonTest {
  @Test
  void callersAreToldTheReasonsThatTheContractDocuments() {
    Stream<String> ours = Arrays.stream(FailureReason.values()).map(FailureReason::name);
    assertThat(ours.map("ERROR_REASON_"::concat))
        .containsExactlyElementsOf(
            Arrays.stream(ErrorReason.values())
                .filter(reason -> reason != ErrorReason.UNRECOGNIZED)
                .filter(reason -> reason != ErrorReason.ERROR_REASON_UNSPECIFIED)
                .map(ErrorReason::name)
                .toList());
  }
}

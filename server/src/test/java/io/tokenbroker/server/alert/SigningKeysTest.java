package io.tokenbroker.server.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeysTest {
  /** Public: the example of Standard Webhooks' libraries. */
  private static final String EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  private static final long TIME = 1_614_265_330;
  private static final String BODY = "{\"test\": 2432232314}";
  private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

  private static String secret(int bytes) {
    return "whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]);
  }

  @Test
  void signsAsStandardWebhooksDoes() {
    assertThat(SigningKeys.parse(EXAMPLE).sign(ID, TIME, BODY)).isEqualTo(SIGNATURE);
  }

  @Test
  void signsWithBothWhileOneReplacesTheOther() {
    String both = SigningKeys.parse(secret(32) + " " + EXAMPLE).sign(ID, TIME, BODY);
    assertThat(both.split(" ")).hasSize(2).contains(SIGNATURE).doesNotHaveDuplicates();
  }

  @Test
  void takesKeysOf24To64Bytes() {
    assertThat(SigningKeys.parse(secret(24))).hasToString("[redacted]");
    assertThat(SigningKeys.parse(secret(64))).hasToString("[redacted]");
    assertThatThrownBy(() -> SigningKeys.parse(secret(23)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SigningKeys.parse(secret(65)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "whsec_", "made-up", "whsec_made-up-but-no-base64!", EXAMPLE + " "})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> SigningKeys.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .isNotEqualTo(text);
  }
}

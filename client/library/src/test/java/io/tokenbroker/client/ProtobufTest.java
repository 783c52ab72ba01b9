package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.protobuf.Timestamp;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.UpdateTokenRequest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * The messages of the contract with the protobuf that grpc asks for and, in a second run of its
 * own, with the newest one: a caller's other libraries may bring in either.
 */
class ProtobufTest {
  private static final Turn TURN =
      Turn.newBuilder()
          .setTokenId("1")
          .setSecret("made-up")
          .setNumber(7)
          .setExpireTime(Timestamp.newBuilder().setSeconds(8).setNanos(9))
          .build();

  @Test
  void theRuntimeIsTheOneThatThisRunIsAbout() {
    String version = System.getProperty("protobuf.version");
    Assumptions.assumeTrue(version != null, "not run by the build");
    assertThat(Message.class.getProtectionDomain().getCodeSource().getLocation().getPath())
        .endsWith("protobuf-java-" + version + ".jar");
  }

  @Test
  void aMessageIsReadAsItWasWritten() throws Exception {
    StreamTokensResponse batch = StreamTokensResponse.newBuilder().addTurns(TURN).build();
    StreamTokensResponse read = StreamTokensResponse.parseFrom(batch.toByteArray());
    assertThat(read).isEqualTo(batch);
    assertThat(read.getTurns(0).toBuilder().setNumber(8).build().getNumber()).isEqualTo(8);
    assertThat(Any.pack(TURN).unpack(Turn.class)).isEqualTo(TURN);
  }

  @Test
  void itsFieldsAreThereByName() throws Exception {
    UpdateTokenRequest request =
        UpdateTokenRequest.newBuilder()
            .setUpdateMask(FieldMask.newBuilder().addPaths("label"))
            .build();
    assertThat(request.getAllFields().keySet())
        .singleElement()
        .isEqualTo(UpdateTokenRequest.getDescriptor().findFieldByName("update_mask"));
    assertThat(TextFormat.parse("token_id: '1' number: 7", Turn.class).getNumber()).isEqualTo(7);
  }

  @Test
  void itsSecretIsMarkedForPrintersThatHeedIt() {
    assertThat(Turn.getDescriptor().findFieldByName("secret").getOptions().getDebugRedact())
        .isTrue();
  }
}

package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import io.tokenbroker.server.testing.Documents;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/contract.md is what the .proto files say. */
final class ContractReferenceTest {
  private static final String HEAD =
      """
      # The contract, field by field

      All services, messages and values of `tokenbroker.v1`, with their comments. `make documents` writes this page from the `.proto` files.
      What they are for, retries and stubs: [api.md](api.md).

      """;

  @Test
  void theContractIsWhatTheFilesSay() throws IOException {
    String contract = ContractReference.text(files());
    Documents.compare("contract.md", any -> HEAD + contract);
  }

  private static List<FileDescriptorProto> files() throws IOException {
    try (InputStream set = TokenBrokerGrpc.class.getResourceAsStream("/tokenbroker-v1.binpb")) {
      assertThat(set).as("the descriptor set, which the phase prepare-package makes").isNotNull();
      return FileDescriptorSet.parseFrom(set).getFileList().stream()
          .filter(file -> file.getPackage().equals("tokenbroker.v1"))
          .toList();
    }
  }
}

package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChunksTest {
  @Test
  void ofFewSizesHaveAllInTheirOrder() {
    Set<Integer> sizes = new HashSet<>();
    for (int count = 0; count <= 2_100; count++) {
      List<Integer> list = IntStream.range(0, count).boxed().toList();
      List<Integer> joined = new ArrayList<>();
      for (List<Integer> chunk : Chunks.ofFewSizes(list)) {
        sizes.add(chunk.size());
        joined.addAll(chunk);
      }
      assertThat(joined).isEqualTo(list);
    }
    assertThat(sizes).containsExactlyInAnyOrder(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000);
  }
}

package io.tokenbroker.server.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** An input that is several texts, with a byte of zero between them. */
public record Parts(List<String> texts) {
  public static Parts of(byte[] input) {
    return new Parts(Arrays.asList(new String(input, StandardCharsets.UTF_8).split("\0", -1)));
  }

  /** Empty if there are not so many. */
  public String at(int index) {
    return index < texts.size() ? texts.get(index) : "";
  }
}

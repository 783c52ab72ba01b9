package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

/**
 * What can't be run here as it is written, and what is run for it.
 *
 * @param written no one of them within another
 */
record StandIns(Map<String, String> written) {
  StandIns {
    written = Map.copyOf(written);
  }

  /** The text, with all of them in their places. */
  String in(String text) {
    String here = text;
    for (Map.Entry<String, String> one : written.entrySet()) {
      here = here.replace(one.getKey(), one.getValue());
    }
    return here;
  }

  /** That none of them has become idle. */
  void requireIn(String text) {
    assertThat(written.keySet()).isNotEmpty().allSatisfy(one -> assertThat(text).contains(one));
  }
}

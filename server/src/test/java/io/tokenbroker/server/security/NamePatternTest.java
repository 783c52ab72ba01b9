package io.tokenbroker.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {
  @ParameterizedTest
  @CsvSource({
    "github-*, github-1, true",
    "github-*, github-, true",
    "github-*, github, false",
    "github-*, github-a/b, false",
    "github-**, github-a/b, true",
    "*, a/b/c, true",
    "**, a/b/c, true",
    "spiffe://d/ns/*/sa/web, spiffe://d/ns/prod/sa/web, true",
    "spiffe://d/ns/*/sa/web, spiffe://d/ns/prod/sa/other/sa/web, false",
    "spiffe://d/ns/*/sa/web, spiffe://d/ns/prod/sa/web2, false",
    "spiffe://d/**/web, spiffe://d/ns/prod/sa/web, true",
    "spiffe://d/**/web, spiffe://d/web, false",
    "a*b*c, aXbYc, true",
    "a*b*c, abbc, true",
    "a*b*c, acb, false",
    "a**b*c, a/x/b/bc, true",
    "a**b*c, a/x/b/b/c, false",
    "key:nightly, key:nightly, true",
    "key:nightly, key:nightly2, false",
    "key:nightly, KEY:nightly, false",
    "a.c, abc, false",
    "*a, aaaa, true",
    "*a, aaab, false",
  })
  void matches(String pattern, String name, boolean expected) {
    assertThat(new NamePattern(pattern).matches(name)).isEqualTo(expected);
  }

  /** What takes a backtracking engine longer than the universe has been there. */
  @Test
  void manyStarsCostLittle() {
    NamePattern pattern = new NamePattern("*a".repeat(300) + "b");
    assertThat(pattern.matches("a".repeat(255))).isFalse();
    assertThat(new NamePattern("**a*".repeat(200) + "b").matches("a".repeat(512))).isFalse();
  }
}

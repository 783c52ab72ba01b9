package io.tokenbroker.client.cli.importing;

/**
 * Why a line was refused.
 *
 * @param line from 1
 * @param why holds no part of a secret
 */
public record Problem(int line, String why) {
  @Override
  public String toString() {
    return "line " + line + ": " + why;
  }
}

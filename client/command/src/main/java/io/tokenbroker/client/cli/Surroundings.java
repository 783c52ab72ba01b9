package io.tokenbroker.client.cli;

import java.io.InputStream;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What the command finds around itself.
 *
 * @param variable an environment variable, null if it is not set
 * @param in standard input
 * @param isTerminal whether 0 (stdin), 1 (stdout) or 2 (stderr) is a terminal
 */
record Surroundings(
    Function<String, @Nullable String> variable, InputStream in, IntPredicate isTerminal) {
  static Surroundings ofProcess() {
    return new Surroundings(System::getenv, System.in, Terminals::isTerminal);
  }
}

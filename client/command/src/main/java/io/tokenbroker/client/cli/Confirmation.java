package io.tokenbroker.client.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Supplier;

/** Asks before what cannot be undone. */
final class Confirmation {
  private Confirmation() {}

  /**
   * Returns if the answer is y or yes.
   *
   * @param question made only if there is somebody to ask
   */
  static void require(Remote remote, Supplier<String> question) {
    if (!remote.surroundings().isTerminal().test(0)) {
      throw remote.usage("there is no terminal to ask on: say --yes");
    }
    remote.err().print(Visible.text(question.get()) + " [y/N] ");
    remote.err().flush();
    String answer = answer(remote).strip().toLowerCase(Locale.ROOT);
    if (!answer.equals("y") && !answer.equals("yes")) {
      throw new CommandFailure(ExitCodes.REFUSED, "nothing was removed");
    }
  }

  private static String answer(Remote remote) {
    try {
      String line =
          new BufferedReader(
                  new InputStreamReader(remote.surroundings().in(), StandardCharsets.UTF_8))
              .readLine();
      return line == null ? "" : line;
    } catch (IOException e) {
      return "";
    }
  }
}

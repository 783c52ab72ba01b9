package io.tokenbroker.server;

import io.tokenbroker.server.backup.BackupException;
import io.tokenbroker.server.config.ConfigException;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/** What an operator's command does with keyset, database and files themselves, without a broker. */
interface OperatorWork {
  /** As the other commands have it: refused, or left undone. */
  int REFUSED = 6;

  /** The exit code. */
  int run() throws BackupException, KeysetException, IOException;

  /** Does it; if it can't, prints what is wrong and returns the code for that. */
  static int run(PrintWriter err, OperatorWork work) {
    List<String> problems;
    int exitCode;
    try {
      return work.run();
    } catch (ConfigException e) {
      problems = e.problems();
      exitCode = ServeExitCodes.CONFIG;
    } catch (StoreStartException | BrokerException | IllegalStateException e) {
      problems = List.of(String.valueOf(e.getMessage()));
      exitCode = ServeExitCodes.DATABASE;
    } catch (BackupException | KeysetException e) {
      problems = List.of(String.valueOf(e.getMessage()));
      exitCode = REFUSED;
    } catch (IOException e) {
      problems = List.of(e.getClass().getSimpleName() + ": " + e.getMessage());
      exitCode = REFUSED;
    }
    problems.forEach(problem -> err.println("tokenbroker: " + problem));
    err.flush();
    return exitCode;
  }
}

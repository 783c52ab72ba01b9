package io.tokenbroker.server;

import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetCipher;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.security.KeysetFile;
import io.tokenbroker.server.sql.SealedRows;
import io.tokenbroker.server.sql.SealedRows.Portion;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * What becomes of a keyset and of the secrets that are encrypted with it. Of all processes that
 * change a keyset file one is at it, so that none goes by keys that are others by then.
 *
 * @param settled returns when brokers have seen what is in the file
 */
record KeyChange(KeysetSource source, SealedRows rows, Settled settled) {
  /** After so many secrets it is told how far it has come. */
  private static final int TOLD = 10_000;

  interface Settled {
    void await(KeysetFile file, PrintWriter out) throws KeysetException;
  }

  private Keyset read() throws KeysetException {
    return source
        .read()
        .orElseThrow(
            () ->
                new KeysetException(
                    "There is no keyset. Make one with tokenbroker keys create, and name it in "
                        + KeysetSource.KEY
                        + "."))
        .keyset();
  }

  int status(PrintWriter out) throws KeysetException {
    Keyset keyset = read();
    Map<Long, Long> counts = new TreeMap<>(rows.counts());
    for (long key : keyset.ids()) {
      counts.putIfAbsent(key, 0L);
    }
    out.printf("%-12s%-12s%s%n", "KEY", "STATE", "SECRETS");
    counts.forEach(
        (key, count) ->
            out.printf(
                "%-12s%-12s%d%n", key == SealedRows.PLAIN ? "-" : key, state(keyset, key), count));
    return ServeExitCodes.STOPPED;
  }

  private static String state(Keyset keyset, long key) {
    if (key == SealedRows.PLAIN) {
      return "plain text";
    }
    if (!keyset.ids().contains(key)) {
      return "missing";
    }
    return key == keyset.current() ? "current" : isPrepared(keyset, key) ? "prepared" : "old";
  }

  /** New keys are added at the end. */
  private static boolean isPrepared(Keyset keyset, long key) {
    List<Long> ids = new ArrayList<>(keyset.ids());
    return ids.indexOf(key) > ids.indexOf(keyset.current());
  }

  int rotate(boolean prepare, PrintWriter out) throws KeysetException {
    KeysetFile file = file();
    return file.change(keyset -> rotate(file, keyset, prepare, out));
  }

  private static int rotate(KeysetFile file, Keyset keyset, boolean prepare, PrintWriter out)
      throws KeysetException {
    List<Long> prepared = keyset.ids().stream().filter(key -> isPrepared(keyset, key)).toList();
    if (prepare && !prepared.isEmpty()) {
      throw new KeysetException("Key %d is prepared already.".formatted(prepared.get(0)));
    }
    Keyset more = prepared.isEmpty() ? keyset.withNewKey() : keyset;
    long fresh = new ArrayList<>(more.ids()).get(more.ids().size() - 1);
    file.replace(prepare ? more : more.withCurrent(fresh));
    out.printf(
        prepare
            ? "Added key %d to %s. Give the file to all brokers, then: tokenbroker keys rotate%n"
            : "Secrets are encrypted with key %d of %s now. Next: tokenbroker keys rewrap%n",
        fresh,
        file.path());
    return ServeExitCodes.STOPPED;
  }

  /** Refused if some secrets can't be read, and are as they were. */
  int rewrap(PrintWriter out, PrintWriter err) throws KeysetException {
    KeysetFile.Change all =
        keyset -> rewrap(keyset, out, err) ? ServeExitCodes.STOPPED : OperatorWork.REFUSED;
    return source.file().isPresent() ? source.file().get().change(all) : all.of(read());
  }

  private boolean rewrap(Keyset keyset, PrintWriter out, PrintWriter err) throws KeysetException {
    SortedSet<Long> used = rows.keys();
    refuseMissing(keyset, used);
    KeysetCipher cipher = new KeysetCipher(keyset);
    long count = 0;
    List<Long> refused = new ArrayList<>();
    for (long key : used) {
      Portion portion = new Portion(Long.MIN_VALUE, 0, List.of(), key == keyset.current());
      while (!portion.isEnd()) {
        portion =
            key == SealedRows.PLAIN
                ? rows.sealPlain(cipher, portion.last())
                : rows.seal(cipher, key, portion.last());
        if ((count + portion.sealed()) / TOLD > count / TOLD) {
          out.printf("%d secrets so far%n", count + portion.sealed());
          out.flush();
        }
        count += portion.sealed();
        refused.addAll(portion.refused());
      }
    }
    out.printf("Encrypted %d secrets with key %d.%n", count, keyset.current());
    refused.forEach(
        token ->
            err.printf(
                "tokenbroker: the secret of token %d was moved or changed, and stays as it is%n",
                token));
    return refused.isEmpty();
  }

  private static void refuseMissing(Keyset keyset, Set<Long> used) throws KeysetException {
    for (long key : used) {
      if (key != SealedRows.PLAIN && !keyset.ids().contains(key)) {
        throw new KeysetException(
            "Secrets are encrypted with key %d, which the keyset does not have: %s."
                .formatted(key, KeysetSource.KEY));
      }
    }
  }

  int drop(long key, PrintWriter out) throws KeysetException {
    KeysetFile file = file();
    return file.change(keyset -> drop(file, keyset, key, out));
  }

  private int drop(KeysetFile file, Keyset keyset, long key, PrintWriter out)
      throws KeysetException {
    if (!keyset.ids().contains(key)) {
      throw new KeysetException("There is no key %d.".formatted(key));
    }
    if (key == keyset.current()) {
      throw new KeysetException(
          "Key %d is the current one. First: tokenbroker keys rotate".formatted(key));
    }
    refuseUsed(key);
    settled.await(file, out);
    refuseUsed(key);
    file.replace(keyset.without(key));
    out.printf("Removed key %d from %s.%n", key, file.path());
    return ServeExitCodes.STOPPED;
  }

  private void refuseUsed(long key) throws KeysetException {
    if (rows.keys().contains(key)) {
      throw new KeysetException(
          "Secrets are encrypted with key %d. First: tokenbroker keys rewrap".formatted(key));
    }
  }

  private KeysetFile file() throws KeysetException {
    return source
        .file()
        .orElseThrow(
            () ->
                new KeysetException(
                    "The keyset is no file: change it where encryption.keyset comes from."));
  }
}

package io.tokenbroker.server.audit;

import io.tokenbroker.server.log.Escape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads audit logs, also of a broker that runs.
 *
 * @param files in the order of their records
 */
public record AuditReader(List<Path> files) {
  /**
   * @param problems what was changed, left out or moved
   * @param notes what is worth knowing
   * @param last the number of the last record
   * @param hash of the last record
   * @param signed the newest record that a good signature vouches for; 0 for none
   */
  public record Result(
      List<String> problems,
      List<String> notes,
      long records,
      long last,
      String hash,
      long signed,
      Set<String> keys) {}

  /** Somebody had a token. */
  public record HandOut(List<String> columns) {}

  /**
   * Of each file with those that were put aside before it.
   *
   * @throws IOException if one of them is not there
   */
  public static AuditReader of(List<Path> files) throws IOException {
    Set<Path> all = new LinkedHashSet<>();
    for (Path file : files) {
      List<Path> with = AuditFiles.all(file);
      if (with.isEmpty()) {
        throw new NoSuchFileException(file.toString());
      }
      all.addAll(with);
    }
    return new AuditReader(List.copyOf(all));
  }

  /**
   * @param publicKeys in PEM; without one, the keys that the records name are believed
   */
  public Result verify(List<Path> publicKeys) throws IOException {
    Set<String> trusted = new HashSet<>();
    for (Path file : publicKeys) {
      try {
        trusted.add(Pem.publicKey(Files.readString(file, StandardCharsets.ISO_8859_1)));
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw new IOException(file + " holds no Ed25519 PUBLIC KEY in PEM", e);
      }
    }
    Verification.Result result = Verification.of(files, trusted);
    return new Result(
        result.problems(),
        result.notes(),
        result.records(),
        result.last().seq(),
        result.last().hash(),
        result.signedSeq(),
        result.keys());
  }

  /**
   * @param wanted the number of a turn or the id of a token
   * @param at about when; the id of a token needs it
   * @param within how long before that a turn may have been handed out
   */
  public void who(
      String account, String wanted, Optional<Instant> at, Duration within, Consumer<HandOut> found)
      throws IOException {
    new WhoHad(account, wanted, at, within)
        .search(files, one -> found.accept(new HandOut(columns(one))));
  }

  private static List<String> columns(WhoHad.Found found) {
    List<String> columns = new ArrayList<>();
    columns.add(found.kind());
    columns.add(shown(found.token()));
    columns.add(found.turn() == 0 ? "-" : String.valueOf(found.turn()));
    columns.add(shown(found.caller()));
    columns.add(shown(found.from()));
    columns.add(shown(found.scope()));
    columns.add(found.since().toString());
    columns.add(found.until().toString());
    columns.add(String.valueOf(found.seq()));
    return columns;
  }

  /** In a line that nobody can forge. */
  private static String shown(String text) {
    StringBuilder out = new StringBuilder();
    Escape.plain(out, text, Integer.MAX_VALUE);
    return out.isEmpty() ? "-" : out.toString();
  }
}

package io.tokenbroker.server.sql;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.zip.CRC32;
import org.sqlite.Function;

/** What MySQL has built in and SQLite has not. */
final class SqliteFunctions {
  static final String SHA256 = "tokenbroker_sha256";
  static final String CRC32 = "tokenbroker_crc32";

  private SqliteFunctions() {}

  /** Of a text, as 32 bytes. */
  static void addSha256(Connection connection) throws SQLException {
    Function.create(connection, SHA256, new Sha256(), 1, Function.FLAG_DETERMINISTIC);
  }

  /** Of a text, as a number. */
  static void addCrc32(Connection connection) throws SQLException {
    Function.create(connection, CRC32, new Crc32(), 1, Function.FLAG_DETERMINISTIC);
  }

  private static final class Sha256 extends Function {
    @Override
    protected void xFunc() throws SQLException {
      String text = value_text(0);
      if (text == null) {
        result();
        return;
      }
      try {
        result(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static final class Crc32 extends Function {
    @Override
    protected void xFunc() throws SQLException {
      CRC32 crc = new CRC32();
      String text = value_text(0);
      crc.update(text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8));
      result(crc.getValue());
    }
  }
}

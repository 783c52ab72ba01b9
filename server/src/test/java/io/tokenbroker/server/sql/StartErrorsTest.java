package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.CertificateException;
import java.sql.SQLException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only a server with TLS would say, and the driver without any. */
final class StartErrorsTest {
  private static final String URL = "jdbc:mysql://127.0.0.1:1/b?password=fake-pw";

  @Test
  void aCertificateThatIsNotTrusted() {
    SSLException refused = new SSLHandshakeException("Path does not chain");
    refused.initCause(new CertificateException("Path does not chain"));

    assertThat(explain(new SQLException("Communications link failure", "08S01", 0, refused)))
        .isEqualTo(
            "The certificate of the database jdbc:mysql://127.0.0.1:1/b isn't trusted, or is for"
                + " another host (Path does not chain). Name a trust store with its CA in"
                + " database.url (TOKENBROKER_DB_URL): trustCertificateKeyStoreUrl and"
                + " trustCertificateKeyStorePassword; sslMode=REQUIRED encrypts without a check.");
  }

  @Test
  void aHandshakeThatFailsForAnotherReason() {
    SSLException refused = new SSLHandshakeException("No appropriate protocol");

    assertThat(explain(new SQLException("Communications link failure", "08S01", 0, refused)))
        .isEqualTo(
            "TLS with the database jdbc:mysql://127.0.0.1:1/b fails (No appropriate protocol). Check"
                + " its TLS, or sslMode in database.url (TOKENBROKER_DB_URL).");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sslMode=verify-full | parameter 'sslMode' acceptable values are: 'DISABLED', 'PREFERRED',"
            + " 'REQUIRED', 'VERIFY_CA' or 'VERIFY_IDENTITY'.",
        "connectTimeout=soon | parameter 'connectTimeout' only accepts integer values.",
        "socketTimeout=soon | parameter 'socketTimeout' only accepts integer values.",
        "characterEncoding=none | a parameter has a value that the driver does not take."
      })
  void aParameterWithAWrongValue(String parameter, String text) {
    assertThatThrownBy(
            () ->
                Database.open(
                        new DatabaseSettings("database", URL + "&" + parameter, "u", "fake-pw", 1))
                    .close())
        .hasMessage(
            "The parameters of database.url (TOKENBROKER_DB_URL) are wrong: "
                + text
                + " The database is jdbc:mysql://127.0.0.1:1/b.");
  }

  private static String explain(SQLException e) {
    return String.valueOf(
        StartErrors.explain(e, new DatabaseSettings("database", URL, "u", "fake-pw", 1))
            .getMessage());
  }
}

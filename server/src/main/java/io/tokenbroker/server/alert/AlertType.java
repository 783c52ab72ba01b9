package io.tokenbroker.server.alert;

import java.util.Locale;

/** What there is to tell; receivers get the name with a dot. */
enum AlertType {
  ACCOUNT_LOW,
  ACCOUNT_OUT,
  ACCOUNT_RECOVERED,
  TOKEN_QUARANTINED,
  TOKEN_EXPIRING;

  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '.');
  }
}

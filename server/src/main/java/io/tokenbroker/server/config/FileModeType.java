package io.tokenbroker.server.config;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Who may use a file, in octal digits; its owner always. */
record FileModeType() implements ValueType<Set<PosixFilePermission>> {
  @Override
  public Set<PosixFilePermission> parse(String text) {
    if (!text.matches("0?6[0-7][0-7]")) {
      throw new IllegalArgumentException();
    }
    StringBuilder mode = new StringBuilder();
    for (char digit : text.substring(text.length() - 3).toCharArray()) {
      int bits = digit - '0';
      mode.append((bits & 4) == 0 ? '-' : 'r')
          .append((bits & 2) == 0 ? '-' : 'w')
          .append((bits & 1) == 0 ? '-' : 'x');
    }
    return PosixFilePermissions.fromString(mode.toString());
  }

  @Override
  public String allowed() {
    return "a mode in octal digits from 0600 to 0677, such as 0660";
  }

  @Override
  public String range() {
    return "0600 to 0677, octal";
  }
}

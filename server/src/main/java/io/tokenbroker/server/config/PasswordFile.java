package io.tokenbroker.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;

/**
 * Reads files that hold nothing but a password, with or without a newline at the end.
 *
 * @param warnings gets a line for each that everybody may read
 */
record PasswordFile(List<String> warnings, Problems problems) {

  /** Empty if there was a problem, which has been noted then. */
  Optional<Password> read(Path path, Given given) {
    try {
      String text = text(path);
      if (text.isEmpty()) {
        problems.add(given, "is empty; it must hold the password");
        return Optional.empty();
      }
      Password password = new PasswordType().parse(text);
      warnIfOpen(path, given);
      return Optional.of(password);
    } catch (NoSuchFileException e) {
      problems.add(given, "does not exist");
    } catch (CharacterCodingException | IllegalArgumentException e) {
      problems.add(given, "must hold nothing but the password: " + new PasswordType().allowed());
    } catch (IOException e) {
      problems.add(given, "cannot be read: " + ConfigFile.reason(e));
    }
    return Optional.empty();
  }

  private static String text(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      // UTF-8 takes up to 3 bytes for one UTF-16 code unit; what is longer fails the check of
      // length
      byte[] bytes = in.readNBytes(4 * PasswordType.MAX_LENGTH);
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes))
          .toString()
          .replaceFirst("\\r?\\n\\z", "");
    }
  }

  private void warnIfOpen(Path path, Given given) throws IOException {
    if (path.getFileSystem().supportedFileAttributeViews().contains("posix")
        && Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_READ)) {
      warnings.add(given.describe() + " may be read by everybody on this machine; chmod o-r it");
    }
  }
}

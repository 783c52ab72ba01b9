package io.tokenbroker.server.security;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The YAML file with the rules: up to 1 MiB of UTF-8 that only its owner and group may write. */
record PolicyFile(Path path) {
  private static final int MAX_BYTES = 1024 * 1024;

  /**
   * @throws PolicyException if it can't be read
   */
  String text() throws PolicyException {
    try (InputStream in = Files.newInputStream(path)) {
      if (Files.getFileStore(path).supportsFileAttributeView("posix")
          && Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE)) {
        throw problem("may be written by everybody on this machine; chmod o-w it");
      }
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw problem("has more than 1 MiB");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (NoSuchFileException e) {
      throw problem("does not exist");
    } catch (CharacterCodingException e) {
      throw problem("is not UTF-8 text");
    } catch (AccessDeniedException e) {
      throw problem("cannot be read: permission denied");
    } catch (IOException e) {
      throw problem("cannot be read: " + e.getMessage());
    }
  }

  /**
   * @throws PolicyException with all that is wrong with the text
   */
  Policy parse(String text) throws PolicyException {
    Parse parse = new Parse(LoadSettings.builder().setLabel(path.toString()).build());
    try {
      return new PolicyReader(path.toString(), parse.parseString(text).iterator()).read();
    } catch (MarkedYamlEngineException e) {
      String line = e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
      String problem = PolicyReader.oneLine(String.valueOf(e.getProblem()));
      throw new PolicyException(List.of(path + line + ": is not valid YAML: " + problem));
    } catch (YamlEngineException e) {
      throw problem("is not valid YAML, perhaps because of control characters");
    }
  }

  private PolicyException problem(String what) {
    return new PolicyException(List.of("policy.file " + path + " " + what));
  }
}

package io.tokenbroker.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads the YAML file: up to 256 KiB of UTF-8, one mapping whose values are scalars. */
record ConfigFile(Path path, Problems problems) {
  private static final int MAX_BYTES = 256 * 1024;

  /** What the file gives; what it may not contain goes to the problems. */
  List<Given> read() {
    try {
      return parse(text());
    } catch (NoSuchFileException e) {
      problem("does not exist");
    } catch (CharacterCodingException e) {
      problem("is not UTF-8 text");
    } catch (IOException e) {
      problem("cannot be read: " + reason(e));
    }
    return List.of();
  }

  private String text() throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("it has more than 256 KiB");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    }
  }

  /** The same of what is in it. */
  List<Given> parse(String text) {
    Parse parse = new Parse(LoadSettings.builder().setLabel(path.toString()).build());
    ConfigFileReader reader =
        new ConfigFileReader(path.toString(), parse.parseString(text).iterator(), problems);
    try {
      return reader.read();
    } catch (MarkedYamlEngineException e) {
      // its message quotes the file, and that may be a password; its problem does but for tags
      String line = e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
      String problem =
          e.getProblem() == null ? "" : ": " + e.getProblem().replaceAll("!\\S*", "!…");
      problems.add("file " + path + line + " is not valid YAML" + Given.shown(problem));
    } catch (YamlEngineException e) {
      problem("is not valid YAML, perhaps because of control characters");
    }
    return List.of();
  }

  /** Why a file can't be read, without the file's name, which the message has before. */
  static String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : Given.shown(e.getMessage() == null ? e.toString() : e.getMessage());
  }

  private void problem(String whatIsWrong) {
    problems.add("file " + path + " (flag --config) " + whatIsWrong);
  }
}

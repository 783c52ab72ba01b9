package io.tokenbroker.server.grpc;

import com.google.gson.JsonObject;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Timestamps;
import io.tokenbroker.client.cli.importing.ImportFile;
import io.tokenbroker.client.cli.importing.ImportFormat;
import io.tokenbroker.client.cli.importing.ImportLine;
import io.tokenbroker.client.cli.importing.Problem;
import io.tokenbroker.server.fuzz.FuzzTarget;
import io.tokenbroker.server.fuzz.Lines;
import io.tokenbroker.v1.NewToken;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A file of tokens; the first byte chooses the format. Every line is a token or a problem; a broker
 * takes the tokens as they are, and written down again they are read the same.
 */
public final class ImportTarget implements FuzzTarget {
  private static final int MOST = 1_000;
  private static final Pattern LINE_END = Pattern.compile("\r\n?|\n");

  @Override
  public void run(byte[] input) throws InvalidProtocolBufferException {
    ImportFormat[] formats = ImportFormat.values();
    ImportFormat format =
        input.length == 0 ? ImportFormat.AUTO : formats[(input[0] & 0xff) % formats.length];
    byte[] bytes = Arrays.copyOfRange(input, Math.min(1, input.length), input.length);
    ImportFile file = ImportFile.read(bytes, "", format);
    // in CSV, and for most editors, CR alone ends a line as well
    long lines = LINE_END.matcher(new String(bytes, StandardCharsets.ISO_8859_1)).results().count();
    for (Problem problem : file.problems()) {
      Lines.check(problem.why());
      if (problem.line() < 1 || problem.line() > lines + 1) {
        throw new AssertionError("there is no line " + problem.line());
      }
    }
    List<NewToken> tokens = file.lines().stream().map(ImportLine::token).limit(MOST).toList();
    if (tokens.isEmpty()) {
      return;
    }
    var unused = TokenMapper.newTokens(tokens);
    for (NewToken token : tokens) {
      if (!NewToken.parseFrom(token.toByteArray()).equals(token)) {
        throw new AssertionError("a token changes on its way");
      }
    }
    String again = tokens.stream().map(ImportTarget::json).collect(Collectors.joining("\n"));
    ImportFile same =
        ImportFile.read(again.getBytes(StandardCharsets.UTF_8), "", ImportFormat.JSONL);
    if (!same.problems().isEmpty()
        || !same.lines().stream().map(ImportLine::token).toList().equals(tokens)) {
      throw new AssertionError("read otherwise when written again: " + same.problems());
    }
  }

  private static String json(NewToken token) {
    JsonObject fields = new JsonObject();
    fields.addProperty("secret", token.getSecret());
    fields.addProperty("label", token.getLabel());
    if (token.getWeight() > 0) {
      fields.addProperty("weight", token.getWeight());
    }
    if (token.hasEnabled()) {
      fields.addProperty("enabled", token.getEnabled());
    }
    if (token.hasExpireTime()) {
      fields.addProperty("expire_time", Timestamps.toString(token.getExpireTime()));
    }
    return fields.toString();
  }
}

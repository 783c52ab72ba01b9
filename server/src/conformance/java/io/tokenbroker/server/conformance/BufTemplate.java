package io.tokenbroker.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tokenbroker.server.e2e.Tools;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** proto/buf.gen.yaml with those of its plugins that are there. */
final class BufTemplate {
  private static final Path PROTO = Path.of("..", "proto").toAbsolutePath().normalize();
  private static final Path OF_NODE =
      Path.of("..", "client", "examples", "node", "node_modules", ".bin")
          .toAbsolutePath()
          .normalize();

  /** From registries that .ci/run does not use, or that take minutes to build. */
  private static final Set<String> LEFT_OUT =
      Set.of("grpc_csharp_plugin", "protoc-gen-prost", "protoc-gen-tonic");

  private BufTemplate() {}

  static void check(Path directory) throws Exception {
    if (find("buf").isEmpty()) {
      throw Tools.missing("there is no buf");
    }
    Object template =
        new Load(LoadSettings.builder().build())
            .loadFromString(Files.readString(PROTO.resolve("buf.gen.yaml")));
    JsonObject fields = new Gson().toJsonTree(template).getAsJsonObject();
    JsonArray there = new JsonArray();
    Set<String> missing = new TreeSet<>();
    for (JsonElement plugin : fields.getAsJsonArray("plugins")) {
      JsonElement local = plugin.getAsJsonObject().get("local");
      String program = local == null ? "protoc" : local.getAsString();
      if (find(program).isPresent()) {
        there.add(plugin);
      } else {
        missing.add(program);
      }
    }
    fields.add("plugins", there);
    Path usable = Files.writeString(directory.resolve("buf.gen.json"), fields.toString());
    ProcessBuilder builder =
        new ProcessBuilder(
            find("buf").orElseThrow().toString(),
            "generate",
            PROTO.toString(),
            "--template",
            usable.toString(),
            "--output",
            directory.toString());
    builder.environment().merge("PATH", path(), (old, more) -> more);
    Tools.Ran ran = Tools.run(builder);
    assertThat(ran.exit()).as(ran.output()).isZero();
    for (JsonElement plugin : there) {
      Path out = directory.resolve(plugin.getAsJsonObject().get("out").getAsString());
      try (Stream<Path> files = Files.walk(out)) {
        assertThat(files.map(Path::toString).filter(file -> file.matches("(?i).*token_?broker.*")))
            .as(plugin.toString())
            .isNotEmpty();
      }
    }
    missing.removeAll(LEFT_OUT);
    if (!missing.isEmpty()) {
      throw Tools.missing("there is no " + String.join(", ", missing));
    }
  }

  private static String path() {
    return String.join(
        File.pathSeparator,
        List.of(Tools.brought("bin").toString(), OF_NODE.toString(), System.getenv("PATH")));
  }

  private static Optional<File> find(String program) {
    return Stream.of(path().split(File.pathSeparator, -1))
        .map(place -> new File(place, program))
        .filter(file -> file.isFile() && file.canExecute())
        .findFirst();
  }
}

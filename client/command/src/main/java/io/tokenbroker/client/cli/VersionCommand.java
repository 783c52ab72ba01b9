package io.tokenbroker.client.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What {@code --version} prints, for those who look for a command. */
@Command(name = "version", description = "Print the version of this command.")
final class VersionCommand implements Runnable {
  @Mixin private final Remote remote = new Remote();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    Objects.requireNonNull(spec).root().commandLine().printVersionHelp(remote.out());
  }
}

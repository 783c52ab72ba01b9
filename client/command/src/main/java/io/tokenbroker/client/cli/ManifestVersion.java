package io.tokenbroker.client.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class ManifestVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = text();
    return new String[] {"tokenbroker " + (version.isEmpty() ? "(not from a release)" : version)};
  }

  /** Empty without a jar. */
  static String text() {
    String version = ManifestVersion.class.getPackage().getImplementationVersion();
    return version == null ? "" : version;
  }
}

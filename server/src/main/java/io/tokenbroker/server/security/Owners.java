package io.tokenbroker.server.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.UserPrincipal;

/** Whose files are. */
final class Owners {
  private Owners() {}

  /** Gives a file that this process has made to the owner of another one; follows no links. */
  static void copy(Path from, Path to) throws IOException {
    UserPrincipal owner = Files.getOwner(from, LinkOption.NOFOLLOW_LINKS);
    FileOwnerAttributeView made =
        Files.getFileAttributeView(to, FileOwnerAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (!owner.equals(made.getOwner())) {
      made.setOwner(owner);
    }
  }
}

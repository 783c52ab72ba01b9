package io.tokenbroker.server.config;

/** {@code HOST:PORT} or {@code unix:/PATH}. */
record ListenAddressType() implements ValueType<ListenAddress> {
  private static final HostPortType NETWORK = new HostPortType();
  private static final PathType PATH = new PathType();

  @Override
  public ListenAddress parse(String text) {
    if (!text.startsWith(SocketPath.SCHEME)) {
      return NETWORK.parse(text);
    }
    String path = text.substring(SocketPath.SCHEME.length());
    // as gRPC writes it too
    SocketPath socket =
        new SocketPath(PATH.parse(path.startsWith("///") ? path.substring(2) : path));
    if (!socket.fits() || socket.path().getFileName() == null || path.endsWith("/")) {
      throw new IllegalArgumentException();
    }
    return socket;
  }

  @Override
  public String allowed() {
    return NETWORK.allowed()
        + ", or unix:PATH of at most "
        + SocketPath.MAX_BYTES
        + " bytes, "
        + SocketPath.MAX_DIRECTORY_BYTES
        + " of them for its directory";
  }

  @Override
  public String range() {
    return NETWORK.range() + "; unix:PATH of at most " + SocketPath.MAX_BYTES + " bytes";
  }
}

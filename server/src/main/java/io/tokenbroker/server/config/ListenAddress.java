package io.tokenbroker.server.config;

/** Where to listen, as an operator writes it. */
public sealed interface ListenAddress permits HostPort, SocketPath {}

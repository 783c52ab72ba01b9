package io.tokenbroker.server.config;

import java.net.InetSocketAddress;

/**
 * @param given as the operator wrote it, for messages
 * @param address what it resolved to when it was checked for being loopback; bind to this
 * @param insecure whether anybody may call, or plain text is allowed, on an address other than
 *     loopback
 */
public record ListenConfig(HostPort given, InetSocketAddress address, boolean insecure) {}

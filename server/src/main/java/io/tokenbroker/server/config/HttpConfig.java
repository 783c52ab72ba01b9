package io.tokenbroker.server.config;

import io.tokenbroker.server.telemetry.MetricsSettings;
import io.tokenbroker.server.web.HttpLimits;
import java.net.InetSocketAddress;

/**
 * The HTTP port.
 *
 * @param given as the operator wrote it, for messages
 * @param address what it resolved to when it was checked for being loopback; bind to this
 */
public record HttpConfig(
    HostPort given, InetSocketAddress address, HttpLimits limits, MetricsSettings metrics) {}

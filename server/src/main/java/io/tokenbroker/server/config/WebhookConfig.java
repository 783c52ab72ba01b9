package io.tokenbroker.server.config;

import io.tokenbroker.server.alert.AlertSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Who is told of accounts and tokens.
 *
 * @param url whoever knows it may need no more: not to be shown
 * @param secret as {@link io.tokenbroker.server.alert.SigningKeys} reads it
 * @param caFile certificates in PEM that the receiver's may be of, instead of what the JVM trusts
 */
public record WebhookConfig(
    URI url, Password secret, Optional<Path> caFile, AlertSettings settings) {}

package io.tokenbroker.server.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * @param certFile the broker's certificate and those between it and its CA, in PEM
 * @param keyFile its key, in PEM
 * @param clientCaFile the CAs of which callers need a certificate; without it they need none
 */
public record TlsConfig(
    Path certFile, Path keyFile, Optional<Path> clientCaFile, TlsVersion minVersion) {}

package io.tokenbroker.server.security;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the PEM files are, and which versions of TLS are spoken.
 *
 * @param cert the broker's certificate, then those between it and its CA
 * @param key its private key, in PKCS #8
 * @param clientCa the CAs of which callers need a certificate; without it they need none
 * @param othersToo whether callers without a certificate get as far as to show a bearer token
 * @param protocols as the JDK names them, such as TLSv1.3
 */
public record TlsFiles(
    Path cert, Path key, Optional<Path> clientCa, boolean othersToo, List<String> protocols) {}

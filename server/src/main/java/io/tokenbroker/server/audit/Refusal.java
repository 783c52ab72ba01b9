package io.tokenbroker.server.audit;

/**
 * Somebody was not let in, or not allowed to.
 *
 * @param caller empty if it is not known who
 * @param from the IP address; empty if unknown
 * @param method as {@code TokenBroker/NextToken}
 * @param account empty if the call names none
 * @param result the status code
 * @param reason of the ErrorInfo; may be empty
 */
public record Refusal(
    String caller, String from, String method, String account, String result, String reason) {}

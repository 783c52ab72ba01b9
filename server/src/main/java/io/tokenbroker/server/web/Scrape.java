package io.tokenbroker.server.web;

import java.util.concurrent.CompletableFuture;

/** Where metrics come from. */
@FunctionalInterface
public interface Scrape {
  /**
   * Never blocks.
   *
   * @return Prometheus' text format 0.0.4
   */
  CompletableFuture<byte[]> text();

  String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
}

package io.tokenbroker.server.telemetry;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** One scrape as it is put together. Not thread-safe. */
public final class Exposition {
  private record Point(Labels labels, double value, ClassicHistogramBuckets buckets) {}

  private final Map<Metric, List<Point>> points = new EnumMap<>(Metric.class);

  /**
   * @param labels the values, in the order of the metric's labels
   */
  public Exposition add(Metric metric, double value, String... labels) {
    add(metric, new Point(labels(metric, labels), value, ClassicHistogramBuckets.EMPTY));
    return this;
  }

  /** The same for whole numbers. */
  public Exposition add(Metric metric, long value, String... labels) {
    return add(metric, (double) value, labels);
  }

  /**
   * @param bounds the upper ones; the last one, for all the rest, is left out
   * @param counts of each bucket for itself, one more than bounds
   */
  public void histogram(
      Metric metric, double[] bounds, List<Long> counts, double sum, String... labels) {
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < counts.size(); i++) {
      buckets.bucket(i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY, counts.get(i));
    }
    add(metric, new Point(labels(metric, labels), sum, buckets.build()));
  }

  private void add(Metric metric, Point point) {
    points.computeIfAbsent(metric, any -> new ArrayList<>()).add(point);
  }

  private static Labels labels(Metric metric, String... values) {
    return Labels.of(metric.labels(), List.of(values));
  }

  /** In Prometheus' text format. */
  public byte[] text() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    points.forEach((metric, those) -> all.metricSnapshot(snapshot(metric, those)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, all.build(), EscapingScheme.DEFAULT);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // into memory
    }
    return out.toByteArray();
  }

  private static MetricSnapshot snapshot(Metric metric, List<Point> points) {
    return switch (metric.kind()) {
      case COUNTER -> {
        CounterSnapshot.Builder counter =
            CounterSnapshot.builder().name(metric.base()).help(metric.help());
        points.forEach(
            point ->
                counter.dataPoint(
                    CounterDataPointSnapshot.builder()
                        .labels(point.labels)
                        .value(point.value)
                        .build()));
        yield counter.build();
      }
      case GAUGE -> {
        GaugeSnapshot.Builder gauge =
            GaugeSnapshot.builder().name(metric.base()).help(metric.help());
        points.forEach(
            point ->
                gauge.dataPoint(
                    GaugeDataPointSnapshot.builder()
                        .labels(point.labels)
                        .value(point.value)
                        .build()));
        yield gauge.build();
      }
      case HISTOGRAM -> {
        HistogramSnapshot.Builder histogram =
            HistogramSnapshot.builder().name(metric.base()).help(metric.help());
        points.forEach(
            point ->
                histogram.dataPoint(
                    HistogramDataPointSnapshot.builder()
                        .labels(point.labels)
                        .classicHistogramBuckets(point.buckets)
                        .sum(point.value)
                        .build()));
        yield histogram.build();
      }
    };
  }
}

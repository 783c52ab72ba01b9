package io.tokenbroker.client.cli;

import com.google.protobuf.Timestamp;
import java.time.DateTimeException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 2030-01-31T12:00:00Z}, also with another offset. */
final class TimestampConverter implements ITypeConverter<Timestamp> {
  @Override
  public Timestamp convert(String text) {
    try {
      return Times.parse(text);
    } catch (DateTimeException e) {
      throw new TypeConversionException(
          "'" + text + "' is not a time such as 2030-01-31T12:00:00Z");
    }
  }
}

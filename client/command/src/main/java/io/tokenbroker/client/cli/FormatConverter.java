package io.tokenbroker.client.cli;

import io.tokenbroker.client.cli.importing.ImportFormat;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code jsonl}, {@code JSONL} and the like; and lists them. */
final class FormatConverter implements ITypeConverter<ImportFormat>, Iterable<String> {
  @Override
  public ImportFormat convert(String text) {
    for (ImportFormat format : ImportFormat.values()) {
      if (format.name().equalsIgnoreCase(text)) {
        return format;
      }
    }
    throw new TypeConversionException("'" + text + "' is none of " + String.join(", ", names()));
  }

  @Override
  public Iterator<String> iterator() {
    return names().iterator();
  }

  private static List<String> names() {
    return Arrays.stream(ImportFormat.values())
        .map(format -> format.name().toLowerCase(Locale.ROOT))
        .toList();
  }
}

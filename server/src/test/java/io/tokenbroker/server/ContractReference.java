package io.tokenbroker.server;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The contract as a page of Markdown, from descriptors that have the comments. */
final class ContractReference {
  private static final String PACKAGE = ".tokenbroker.v1.";

  private final Map<String, String> services = new TreeMap<>();
  private final Map<String, String> messages = new TreeMap<>();
  private final Map<String, String> enums = new TreeMap<>();

  /** Of one file: by the path to an element, the numbers of fields and places in descriptors. */
  private Map<List<Integer>, String> comments = Map.of();

  private ContractReference() {}

  static String text(List<FileDescriptorProto> files) {
    ContractReference reference = new ContractReference();
    files.forEach(reference::add);
    return reference.page();
  }

  private String page() {
    List<String> sections = new ArrayList<>(services.keySet());
    sections.addAll(List.of("Messages", "Enums"));
    String index =
        sections.stream().map(name -> "- " + link(name) + "\n").collect(Collectors.joining());
    return index
        + String.join("", services.values())
        + "\n## Messages\n"
        + String.join("", messages.values())
        + "\n## Enums\n"
        + String.join("", enums.values());
  }

  private void add(FileDescriptorProto file) {
    comments = new HashMap<>();
    for (Location location : file.getSourceCodeInfo().getLocationList()) {
      comments.put(location.getPathList(), location.getLeadingComments());
    }
    for (int i = 0; i < file.getServiceCount(); i++) {
      service(file.getService(i), List.of(FileDescriptorProto.SERVICE_FIELD_NUMBER, i));
    }
    for (int i = 0; i < file.getMessageTypeCount(); i++) {
      message(
          file.getMessageType(i), "", List.of(FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER, i));
    }
    for (int i = 0; i < file.getEnumTypeCount(); i++) {
      values(file.getEnumType(i), "", List.of(FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER, i));
    }
  }

  private void service(ServiceDescriptorProto service, List<Integer> path) {
    StringBuilder text =
        new StringBuilder("\n## %s\n%s".formatted(service.getName(), paragraphs(path)));
    for (int i = 0; i < service.getMethodCount(); i++) {
      MethodDescriptorProto method = service.getMethod(i);
      text.append(
          "\n### %s\n\n%s → %s%s\n%s"
              .formatted(
                  method.getName(),
                  type(method.getInputType()),
                  method.getServerStreaming() ? "a stream of " : "",
                  type(method.getOutputType()),
                  paragraphs(under(path, ServiceDescriptorProto.METHOD_FIELD_NUMBER, i))));
    }
    services.put(service.getName(), text.toString());
  }

  private void message(DescriptorProto message, String outer, List<Integer> path) {
    String name = outer + message.getName();
    StringBuilder text = new StringBuilder("\n### %s\n%s".formatted(name, paragraphs(path)));
    if (message.getFieldCount() > 0) {
      text.append("\n| field | type | number | |\n|---|---|---|---|\n");
    }
    for (int i = 0; i < message.getFieldCount(); i++) {
      FieldDescriptorProto field = message.getField(i);
      String comment = line(under(path, DescriptorProto.FIELD_FIELD_NUMBER, i));
      text.append(
          "| `%s` | %s | %d | %s |\n"
              .formatted(field.getName(), type(message, field), field.getNumber(), comment));
    }
    messages.put(name, text.toString());
    for (int i = 0; i < message.getNestedTypeCount(); i++) {
      message(
          message.getNestedType(i),
          name + ".",
          under(path, DescriptorProto.NESTED_TYPE_FIELD_NUMBER, i));
    }
    for (int i = 0; i < message.getEnumTypeCount(); i++) {
      values(
          message.getEnumType(i),
          name + ".",
          under(path, DescriptorProto.ENUM_TYPE_FIELD_NUMBER, i));
    }
  }

  /** Each with a paragraph, as many have samples. */
  private void values(EnumDescriptorProto type, String outer, List<Integer> path) {
    String name = outer + type.getName();
    StringBuilder text = new StringBuilder("\n### %s\n%s".formatted(name, paragraphs(path)));
    for (int i = 0; i < type.getValueCount(); i++) {
      text.append(
          "\n**`%s`** = %d\n%s"
              .formatted(
                  type.getValue(i).getName(),
                  type.getValue(i).getNumber(),
                  paragraphs(under(path, EnumDescriptorProto.VALUE_FIELD_NUMBER, i))));
    }
    enums.put(name, text.toString());
  }

  private static String type(DescriptorProto message, FieldDescriptorProto field) {
    String type =
        field.getTypeName().isEmpty()
            ? "`" + field.getType().name().replace("TYPE_", "").toLowerCase(Locale.ROOT) + "`"
            : type(field.getTypeName());
    String repeated =
        field.getLabel() == FieldDescriptorProto.Label.LABEL_REPEATED ? "repeated " : "";
    String presence = "";
    if (field.getProto3Optional()) {
      presence = "optional ";
    } else if (field.hasOneofIndex()) {
      presence = "one of `" + message.getOneofDecl(field.getOneofIndex()).getName() + "`: ";
    }
    return presence + repeated + type + (field.getOptions().getDebugRedact() ? ", secret" : "");
  }

  private static String type(String name) {
    return name.startsWith(PACKAGE)
        ? link(name.substring(PACKAGE.length()))
        : "`" + name.substring(1) + "`";
  }

  private static String link(String name) {
    return "[%s](#%s)".formatted(name, name.toLowerCase(Locale.ROOT).replace(".", ""));
  }

  /** Its comment: paragraphs, and samples where it is indented. */
  private String paragraphs(List<Integer> path) {
    StringBuilder text = new StringBuilder();
    for (String paragraph : comments.getOrDefault(path, "").split("\n\\s*\n", -1)) {
      if (paragraph.startsWith("     ")) {
        text.append("\n```json\n")
            .append(paragraph.stripTrailing().stripIndent())
            .append("\n```\n");
      } else if (!paragraph.isBlank()) {
        text.append('\n')
            .append(escaped(paragraph.stripTrailing().stripIndent().strip()))
            .append('\n');
      }
    }
    return text.toString();
  }

  private String line(List<Integer> path) {
    return escaped(comments.getOrDefault(path, "").strip().replaceAll("\\s+", " "))
        .replace("|", "\\|");
  }

  private static String escaped(String comment) {
    return comment.replace("<", "&lt;").replace("*", "\\*").replace("`", "\\`");
  }

  private static List<Integer> under(List<Integer> path, int field, int place) {
    List<Integer> longer = new ArrayList<>(path);
    longer.add(field);
    longer.add(place);
    return longer;
  }
}

package io.tokenbroker.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.tokenbroker.server.audit.AuditRecord;
import io.tokenbroker.server.log.Escape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What records say of messages: account, tokens and lease by name, the rest as JSON, without what
 * the contract marks as {@code debug_redact}.
 */
final class AuditFields {
  /** In characters. What is longer is left out; tokens and account never are. */
  private static final int MAX_REQUEST = 16 * 1024;

  /** In characters, of an account or a lease: one that is longer is none, and nothing has it. */
  private static final int MAX_NAME = 255;

  private static final Set<String> NAMED = Set.of("account", "token_id", "token_ids", "lease_id");

  private AuditFields() {}

  /** Empty if the request has none. */
  static String account(@Nullable Object request) {
    return request instanceof Message message ? text(message, "account") : "";
  }

  private static String text(Message message, String name) {
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
    if (field == null || !(message.getField(field) instanceof String text)) {
      return "";
    }
    return text.length() > MAX_NAME ? text.substring(0, MAX_NAME) + "…" : text;
  }

  /**
   * @param whole also what is asked for, not only of what
   */
  static void put(AuditRecord record, Message request, boolean whole) {
    record
        .putIfSet("account", text(request, "account"))
        .putIfSet("lease_id", text(request, "lease_id"));
    if (whole) {
      putTokens(record, request);
      StringBuilder json = new StringBuilder();
      object(json, request, true);
      if (json.length() > MAX_REQUEST) {
        record.put("request_bytes", request.getSerializedSize());
      } else if (json.length() > 2) {
        record.putJson("request", json.toString());
      }
    }
  }

  /** The ids of all tokens that a message names. */
  static void putTokens(AuditRecord record, Message message) {
    List<String> tokens = new ArrayList<>();
    collect(tokens, message);
    record.put("tokens", tokens);
  }

  private static void collect(List<String> tokens, Message message) {
    for (Map.Entry<FieldDescriptor, Object> one : message.getAllFields().entrySet()) {
      String name = one.getKey().getName();
      boolean token = name.equals("token_id") || name.equals("token_ids");
      List<?> values = one.getValue() instanceof List<?> list ? list : List.of(one.getValue());
      for (Object value : values) {
        if (token && value instanceof String id) {
          tokens.add(id);
        } else if (value instanceof Message inner) {
          collect(tokens, inner);
        }
      }
    }
  }

  private static void object(StringBuilder json, Message message, boolean top) {
    json.append('{');
    boolean first = true;
    for (Map.Entry<FieldDescriptor, Object> one : message.getAllFields().entrySet()) {
      FieldDescriptor field = one.getKey();
      if (isSecret(field) || (top && NAMED.contains(field.getName()))) {
        continue;
      }
      json.append(first ? "\"" : ",\"").append(field.getName()).append("\":");
      first = false;
      if (field.isRepeated()) {
        list(json, (List<?>) one.getValue());
      } else {
        value(json, one.getValue());
      }
      if (json.length() > MAX_REQUEST) {
        // will be left out: spares the work
        return;
      }
    }
    json.append('}');
  }

  private static boolean isSecret(FieldDescriptor field) {
    return field.getOptions().getDebugRedact();
  }

  private static void list(StringBuilder json, List<?> values) {
    char before = '[';
    for (Object value : values) {
      json.append(before);
      value(json, value);
      before = ',';
      if (json.length() > MAX_REQUEST) {
        return;
      }
    }
    json.append(']');
  }

  private static void value(StringBuilder json, Object value) {
    if (value instanceof Message message) {
      object(json, message, false);
    } else if (value instanceof Number || value instanceof Boolean) {
      json.append(value);
    } else {
      String text =
          value instanceof EnumValueDescriptor name
              ? name.getName()
              : value instanceof ByteString bytes ? bytes.size() + " bytes" : value.toString();
      Escape.quoted(json.append('"'), text, MAX_REQUEST);
      json.append('"');
    }
  }
}

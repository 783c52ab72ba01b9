package io.tokenbroker.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.tokenbroker.server.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One case with one runner. */
final class CaseRun {
  private final Case told;
  private final Runner runner;
  private final Brokers brokers;
  private final Map<String, String> variables = new HashMap<>();

  CaseRun(Case told, Runner runner, Brokers brokers) {
    this.told = told;
    this.runner = runner;
    this.brokers = brokers;
  }

  void run(String language) throws Exception {
    String broker = told.text("broker").orElse("plain");
    variables.put("language", language);
    String account = told.text("account").orElse("$language-" + told.number());
    variables.put("account", Case.resolved(new JsonPrimitive(account), variables).getAsString());
    brokers.startIfStopped();
    brokers.addTokens(broker, told.tokens(), variables);
    JsonObject connect = order("connect");
    connect.addProperty("endpoint", brokers.endpoint(broker));
    Optional.ofNullable(told.fields().getAsJsonObject("tls"))
        .ifPresent(tls -> brokers.addFiles(tls, connect));
    told.text("token").ifPresent(token -> connect.addProperty("token", token));
    var unused = runner.tell(connect);
    int position = 0;
    for (JsonObject step : told.steps()) {
      position++;
      JsonObject resolved = Case.resolved(step, variables).getAsJsonObject();
      try {
        take(resolved);
      } catch (AssertionError e) {
        throw new AssertionError("step " + position + ", " + step + ": " + e.getMessage(), e);
      }
    }
  }

  private void take(JsonObject step) throws Exception {
    String verb = step.keySet().iterator().next();
    switch (verb) {
      case "call" -> call(step);
      case "open" -> open(step, step.get("as").getAsString());
      case "read" -> check(step, read(step));
      case "cancel" -> {
        var unused = runner.tell(order("cancel", step, "cancel", "call"));
      }
      case "supply" -> {
        JsonObject order = order("supply", step, "supply", "call");
        order.add("request", step.get("request"));
        order.add("window", step.get("window"));
        var unused = runner.tell(order);
      }
      case "take" -> {
        JsonObject order = order("take", step, "take", "call");
        order.add("turns", step.get("turns"));
        check(step, runner.tell(order));
      }
      case "print" -> print(step);
      default -> brokers.take(verb, step, variables);
    }
  }

  private void call(JsonObject step) throws IOException, InterruptedException {
    JsonElement whileCode = step.get("repeat_while");
    if (whileCode == null) {
      check(step, once(step));
      return;
    }
    JsonObject[] seen = new JsonObject[1];
    Eventually.until(
        "other than " + whileCode,
        () -> {
          seen[0] = onceUnchecked(step);
          return !code(seen[0]).equals(whileCode.getAsString());
        });
    check(step, seen[0]);
  }

  private JsonObject onceUnchecked(JsonObject step) {
    try {
      return once(step);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private JsonObject once(JsonObject step) throws IOException, InterruptedException {
    open(step, "call");
    JsonObject read = order("read");
    read.addProperty("call", "call");
    return runner.tell(read);
  }

  private static String code(JsonObject seen) {
    JsonObject status = seen.getAsJsonObject("status");
    return status == null ? "OK" : status.get("code").getAsString();
  }

  private void open(JsonObject step, String name) throws IOException, InterruptedException {
    JsonObject order = order("open");
    order.addProperty("call", name);
    order.add("method", step.has("call") ? step.get("call") : step.get("open"));
    order.add("request", step.get("request"));
    order.addProperty("timeout", step.has("timeout") ? step.get("timeout").getAsDouble() : 60.0);
    var unused = runner.tell(order);
  }

  /**
   * With {@code turns}, as many messages as it takes, as one: how they are cut is nobody's promise.
   */
  private JsonObject read(JsonObject step) throws IOException, InterruptedException {
    JsonObject order = order("read", step, "read", "call");
    if (!step.has("turns")) {
      return runner.tell(order);
    }
    JsonArray turns = new JsonArray();
    while (turns.size() < step.get("turns").getAsInt()) {
      JsonObject seen = runner.tell(order);
      if (!seen.has("message")) {
        return seen;
      }
      turns.addAll(seen.getAsJsonObject("message").getAsJsonArray("turns"));
    }
    JsonObject all = new JsonObject();
    JsonObject message = new JsonObject();
    message.add("turns", turns);
    all.add("message", message);
    return all;
  }

  private void print(JsonObject step) throws IOException, InterruptedException {
    JsonObject order = order("print", step, "print", "method");
    order.add("request", step.get("request"));
    JsonObject answer = runner.tell(order);
    for (String form : new String[] {"safe", "raw"}) {
      // Rust has one form alone
      if (answer.has(form)) {
        String printed = answer.get(form).getAsString();
        JsonObject expected = step.getAsJsonObject(form);
        texts(expected, "has").forEach(text -> assertThat(printed).as(form).contains(text));
        texts(expected, "lacks").forEach(text -> assertThat(printed).as(form).doesNotContain(text));
      }
    }
  }

  private static List<String> texts(JsonObject expected, String field) {
    return expected.getAsJsonArray(field).asList().stream().map(JsonElement::getAsString).toList();
  }

  private void check(JsonObject step, JsonObject seen) {
    JsonObject expected = new JsonObject();
    for (String field : new String[] {"message", "status"}) {
      if (step.has(field)) {
        expected.add(field, step.get(field));
      }
    }
    assertThat(expected.size()).as("message or status of " + step).isEqualTo(1);
    assertThat(Match.differences(expected, seen)).as(seen.toString()).isEmpty();
    for (JsonElement wrong : Match.wrong(expected)) {
      assertThat(Match.differences(wrong, seen)).as("found out: " + wrong).isNotEmpty();
    }
    if (step.has("save")) {
      for (Map.Entry<String, JsonElement> save : step.getAsJsonObject("save").entrySet()) {
        JsonElement value = seen.get("message");
        for (String field : save.getValue().getAsString().split("\\.", -1)) {
          value = value.getAsJsonObject().get(field);
        }
        variables.put(save.getKey(), value.getAsString());
      }
    }
  }

  private static JsonObject order(String verb) {
    JsonObject order = new JsonObject();
    order.addProperty("do", verb);
    return order;
  }

  private static JsonObject order(String verb, JsonObject step, String from, String to) {
    JsonObject order = order(verb);
    order.add(to, step.get(from));
    return order;
  }
}

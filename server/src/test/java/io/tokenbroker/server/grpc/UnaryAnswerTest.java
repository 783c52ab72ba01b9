package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class UnaryAnswerTest {
  private final FakeCaller caller = new FakeCaller();
  private final CompletableFuture<String> future = new CompletableFuture<>();
  private final List<String> givenBack = new ArrayList<>();

  @Test
  void answersAndKeepsNothing() {
    answerOrGiveBack();
    future.complete("a");
    assertThat(caller.heard).containsExactly("a!", "end");
    assertThat(givenBack).isEmpty();
  }

  @Test
  void aCallerThatGoesCancelsWhatWasBegun() {
    answerOrGiveBack();
    caller.cancelled = true;
    caller.onCancel.run();
    assertThat(future).isCancelled();
    assertThat(caller.heard).isEmpty();
    assertThat(givenBack).isEmpty();
  }

  @Test
  void whatIsDoneBeforeTheCancelIsHeardOfIsGivenBack() {
    answerOrGiveBack();
    caller.cancelled = true;
    future.complete("a");
    caller.onCancel.run();
    assertThat(caller.heard).isEmpty();
    assertThat(givenBack).containsExactly("a");
  }

  @Test
  void whatIsNotGivenBackIsAnsweredInAnyCase() {
    UnaryAnswer.answer(caller, () -> future, text -> text + "!");
    caller.cancelled = true;
    caller.onCancel.run();
    future.complete("a");
    assertThat(caller.heard).as("so that its audit has the result").containsExactly("a!", "end");
  }

  @Test
  void whatIsDoneAtOnceIsGivenBackToo() {
    future.complete("a");
    UnaryAnswer.answerOrGiveBack(
        caller,
        () -> {
          caller.cancelled = true;
          return future;
        },
        text -> text + "!",
        givenBack::add);
    assertThat(caller.heard).isEmpty();
    assertThat(givenBack).containsExactly("a");
  }

  @Test
  void whatThereIsNoRoomForIsGivenBack() {
    caller.full = true;
    answerOrGiveBack();
    future.complete("a");
    assertThat(caller.heard).containsExactly("error");
    assertThat(givenBack).containsExactly("a");
  }

  @Test
  void whoHasGoneAlreadyIsNotWorkedFor() {
    caller.cancelled = true;
    UnaryAnswer.answer(
        caller,
        () -> {
          throw new AssertionError("looked up");
        },
        Object::toString);
    assertThat(caller.heard).isEmpty();
  }

  private void answerOrGiveBack() {
    UnaryAnswer.answerOrGiveBack(caller, () -> future, text -> text + "!", givenBack::add);
  }
}

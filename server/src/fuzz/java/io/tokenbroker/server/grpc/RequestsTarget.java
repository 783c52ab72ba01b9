package io.tokenbroker.server.grpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.tokenbroker.server.fuzz.FuzzTarget;
import io.tokenbroker.server.fuzz.Lines;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.ErrorReason;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A request of any method of the contract, which the first byte chooses. It is answered, or refused
 * for a documented reason with its code; only what is no message of the method is refused as such.
 */
public final class RequestsTarget implements FuzzTarget {
  /** So that what calls leave behind does not grow for ever. */
  private static final int CALLS_PER_BROKER = 5_000;

  /** In milliseconds of ours and hours of the broker's; who waits longer was forgotten. */
  private static final int PATIENCE = 60_000;

  private static final List<ServiceDescriptor> SERVICES =
      List.of(TokenBrokerGrpc.getServiceDescriptor(), TokenBrokerAdminGrpc.getServiceDescriptor());

  private TestBroker broker;
  private Server server;
  private ManagedChannel channel;
  private int calls;

  public RequestsTarget() {
    open();
  }

  private void open() {
    broker = new TestBroker();
    broker.store.put("acme", "s1", "s2", "s3");
    calls = 0;
    String name = InProcessServerBuilder.generateName();
    InProcessServerBuilder builder =
        InProcessServerBuilder.forName(name).directExecutor().intercept(broker.asCaller());
    broker
        .services()
        .forEach(service -> builder.addService(MalformedRequests.refusedBy(service.bindService())));
    server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  @Override
  public void run(byte[] input) throws InterruptedException {
    if (calls == CALLS_PER_BROKER) {
      close();
      open();
    }
    calls++;
    MethodDescriptor<?, ?> method = method(input.length == 0 ? 0 : input[0] & 0xff);
    byte[] request = Arrays.copyOfRange(input, Math.min(1, input.length), input.length);
    RawAnswer answer = new RawAnswer();
    ClientCall<byte[], byte[]> call = channel.newCall(RawAnswer.raw(method), CallOptions.DEFAULT);
    call.start(answer, new Metadata());
    call.request(2);
    call.sendMessage(request);
    call.halfClose();
    await(method, answer);
    call.cancel("that is enough", null);
    Status status = answer.status();
    if (status.getCode() != Status.Code.OK && !answer.isGivenUp()) {
      refused(
          method,
          Failure.of(new StatusRuntimeException(status, answer.trailers())),
          isOf(method, request));
    } else if (!isOf(method, request)) {
      throw new AssertionError("no message, but it was answered: " + method.getFullMethodName());
    }
  }

  /** New methods leave those of old inputs as they are. */
  private static MethodDescriptor<?, ?> method(int number) {
    List<MethodDescriptor<?, ?>> methods =
        List.copyOf(SERVICES.get(number % SERVICES.size()).getMethods());
    return methods.get(number / SERVICES.size() % methods.size());
  }

  /** Lets time pass until it is answered; a stream may have nothing to say. */
  private void await(MethodDescriptor<?, ?> method, RawAnswer answer) throws InterruptedException {
    boolean stream = !method.getType().serverSendsOneMessage();
    for (int i = 0; !answer.await(1, TimeUnit.MILLISECONDS); i++) {
      if (stream && i == 2) {
        answer.giveUp();
        return;
      }
      if (i == PATIENCE) {
        throw new AssertionError("never answered: " + method.getFullMethodName());
      }
      broker.pass(Duration.ofHours(1));
      broker.alarms.ring();
    }
  }

  private static boolean isOf(MethodDescriptor<?, ?> method, byte[] request) {
    try {
      var unused = method.parseRequest(new ByteArrayInputStream(request));
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private static void refused(MethodDescriptor<?, ?> method, Failure failure, boolean message) {
    FailureReason reason = FailureReason.valueOf(failure.reason());
    var unused = ErrorReason.valueOf("ERROR_REASON_" + failure.reason());
    Lines.check(failure.message());
    if (reason == FailureReason.INTERNAL
        || !failure.code().name().equals(reason.code().name())
        || (reason == FailureReason.INVALID_FIELD) == failure.field().isEmpty()
        || failure.field().equals("request") == message) {
      throw new AssertionError(method.getFullMethodName() + " " + failure);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    broker.close();
  }
}

package io.tokenbroker.server.bench;

import com.google.protobuf.Empty;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The ceiling of the benchmark: a grpc-java server that does nothing but answer an empty message
 * with an empty message, on a direct executor. Prints its port and serves until it is ended.
 */
public final class EchoServer {
  private static final MethodDescriptor<Empty, Empty> ECHO =
      MethodDescriptor.<Empty, Empty>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("bench.Echo/Echo")
          .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .build();

  private EchoServer() {}

  public static void main(String[] args) throws Exception {
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .addService(
                ServerServiceDefinition.builder("bench.Echo")
                    .addMethod(
                        ECHO,
                        ServerCalls.asyncUnaryCall(
                            (request, observer) -> {
                              observer.onNext(Empty.getDefaultInstance());
                              observer.onCompleted();
                            }))
                    .build())
            .build()
            .start();
    System.out.println("listening " + server.getPort());
    server.awaitTermination();
  }
}

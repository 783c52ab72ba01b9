package io.tokenbroker.server.bench;

import com.google.protobuf.Empty;
import io.grpc.InsecureServerCredentials;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The ceiling of the benchmark: a grpc-java server that does nothing but answer an empty message
 * with an empty message, on a direct executor. Prints its port and serves until it is ended.
 *
 * <p>Arguments: none for plain text; for mutual TLS the PEM files of its certificate, its key, and
 * the CA of its callers.
 */
public final class EchoServer {
  static final MethodDescriptor<Empty, Empty> ECHO =
      MethodDescriptor.<Empty, Empty>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("bench.Echo/Echo")
          .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .build();

  private EchoServer() {}

  private static ServerCredentials credentials(String[] args) throws IOException {
    return args.length == 0
        ? InsecureServerCredentials.create()
        : TlsServerCredentials.newBuilder()
            .keyManager(new File(args[0]), new File(args[1]))
            .trustManager(new File(args[2]))
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build();
  }

  public static void main(String[] args) throws Exception {
    Server server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), credentials(args))
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

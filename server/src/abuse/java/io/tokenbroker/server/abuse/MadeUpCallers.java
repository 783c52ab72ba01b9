package io.tokenbroker.server.abuse;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A caller that nobody has heard of with each call, whom the issuer of JWTs vouches for. */
final class MadeUpCallers implements Attack {
  static final String ISSUER = "https://issuer.example.com";
  static final String AUDIENCE = "tokenbroker";

  private final AtomicLong made = new AtomicLong();

  @Override
  public void run(Target target) throws InterruptedException {
    ClientInterceptor signing = new Signing(signer(target.key()));
    List<Channel> channels =
        target.withKey("").connect(2).stream()
            .map(channel -> ClientInterceptors.intercept(channel, signing))
            .toList();
    byte[] request =
        NextTokenRequest.newBuilder().setAccount(GoodCallers.SHARED).build().toByteArray();
    new Flood(channels, 16)
        .run(target, List.of(Flood.raw(TokenBrokerGrpc.getNextTokenMethod())), i -> request);
    System.err.println("made up " + made + " callers");
  }

  private static ECDSASigner signer(String key) {
    try {
      return new ECDSASigner(ECKey.parse(key));
    } catch (ParseException | JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Signing implements ClientInterceptor {
    private final ECDSASigner signer;

    Signing(ECDSASigner signer) {
      this.signer = signer;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      String token = token();
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void start(Listener<A> answers, Metadata headers) {
          headers.put(Target.AUTHORIZATION, "Bearer " + token);
          super.start(answers, headers);
        }
      };
    }

    private String token() {
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader(JWSAlgorithm.ES256),
              new JWTClaimsSet.Builder()
                  .issuer(ISSUER)
                  .audience(AUDIENCE)
                  .subject("made-up-" + made.incrementAndGet())
                  .expirationTime(Date.from(Instant.now().plusSeconds(3600)))
                  .build());
      try {
        jwt.sign(signer);
      } catch (JOSEException e) {
        throw new IllegalStateException(e);
      }
      return jwt.serialize();
    }
  }
}

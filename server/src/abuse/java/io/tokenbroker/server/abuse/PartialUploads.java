package io.tokenbroker.server.abuse;

import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Requests of 3.9 MB that come but for their last bytes, and never end. */
final class PartialUploads implements Attack {
  private static final int CONNECTIONS = 8;
  private static final int CALLS = 100;
  private static final int MESSAGE = 3_900_000;
  private static final int CHUNK = 16 * 1024;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** A connection with what is left to be sent of each of its calls. */
  private record Upload(RawConnection connection, Map<Integer, Integer> left) {}

  @Override
  public void run(Target target) throws IOException {
    List<Upload> uploads = new ArrayList<>();
    while (!target.isOver()) {
      while (uploads.size() < CONNECTIONS) {
        uploads.add(begin(target));
      }
      int sent = 0;
      for (Upload upload : List.copyOf(uploads)) {
        try {
          sent += send(upload);
        } catch (IOException e) {
          // closed by the broker: go on with another one
          uploads.remove(upload);
          upload.connection.close();
        }
      }
      if (sent == 0) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static Upload begin(Target target) throws IOException {
    RawConnection connection = new RawConnection(target.port(), RawConnection.MAX_WINDOW);
    var unused = connection.read();
    Map<Integer, Integer> left = new LinkedHashMap<>();
    for (int i = 0; i < CALLS; i++) {
      int stream = connection.begin(Headers.name(TokenBrokerAdminGrpc.getAddTokensMethod()));
      byte[] prefix = ByteBuffer.allocate(5).put((byte) 0).putInt(MESSAGE).array();
      connection.send(stream, prefix, false);
      left.put(stream, MESSAGE - CHUNK);
    }
    connection.flush();
    return new Upload(connection, left);
  }

  private static int send(Upload upload) throws IOException {
    byte[] chunk = new byte[CHUNK];
    int sent = 0;
    for (Map.Entry<Integer, Integer> call : upload.left.entrySet()) {
      if (call.getValue() >= CHUNK && upload.connection.trySend(call.getKey(), chunk, CHUNK)) {
        call.setValue(call.getValue() - CHUNK);
        sent += CHUNK;
      }
    }
    upload.connection.flush();
    return sent;
  }
}

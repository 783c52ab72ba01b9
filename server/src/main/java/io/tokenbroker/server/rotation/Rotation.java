package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountState;
import io.tokenbroker.server.token.AccountState.TokenState;
import io.tokenbroker.server.token.BenchReason;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.Position.Mark;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenInfo;
import io.tokenbroker.server.token.Turn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One account's rings, bench and position. Its tokens never change: a refresh is a new rotation
 * that resumes at the position of the old one. Not thread-safe: guarded by the stripe of its
 * account once it is in the table. Times are milliseconds since 1970.
 */
final class Rotation {
  private final AccountId account;

  /** All tokens in the order of their ids. */
  private final List<Slot> slots;

  private final Ring[] rings;
  private final Bench bench;
  private final Interleaver interleaver;
  private long turn;

  Rotation(AccountId account, List<Token> tokens, long nowMillis) {
    this.account = account;
    Map<Integer, List<Token>> byWeight =
        tokens.stream()
            .sorted(Comparator.comparing(Token::id))
            .collect(Collectors.groupingBy(Token::weight, TreeMap::new, Collectors.toList()));
    rings =
        byWeight.entrySet().stream()
            .map(entry -> new Ring(entry.getKey(), entry.getValue()))
            .toArray(Ring[]::new);
    slots =
        Arrays.stream(rings)
            .flatMap(ring -> Arrays.stream(ring.slots()))
            .sorted(Comparator.comparing(slot -> slot.token.id()))
            .toList();
    bench = new Bench(slots);
    bench.expire(nowMillis);
    interleaver = new Interleaver(rings);
  }

  /** Goes on from a position of an earlier process. */
  void resume(Position position) {
    turn = position.turn();
    for (Mark mark : position.marks()) {
      for (Ring ring : rings) {
        if (ring.weight == mark.weight()) {
          ring.resumeBehind(mark.last());
          interleaver.resume(ring, mark.lag());
        }
      }
    }
  }

  /** Takes over from the rotation of the same account before a refresh. */
  void resume(Rotation before) {
    resume(before.position());
    if (!sameReady(before)) {
      interleaver.restart();
    }
  }

  private boolean sameReady(Rotation other) {
    return Arrays.equals(rings, other.rings, (a, b) -> a.sameReady(b) ? 0 : 1);
  }

  /** The next turn; null if every token is benched. To be called after {@link #expire}. */
  @Nullable Turn next() {
    if (interleaver.total() == 0) {
      return null;
    }
    return new Turn(interleaver.next().next(), ++turn);
  }

  /**
   * Up to {@code count} turns, until their secrets have {@code maxBytes}; null if there is none.
   */
  @Nullable List<Turn> next(int count, int maxBytes) {
    List<Turn> turns = new ArrayList<>(count);
    int bytes = 0;
    while (turns.size() < count && bytes < maxBytes) {
      Turn turn = next();
      if (turn == null) {
        break;
      }
      turns.add(turn);
      bytes += turn.token().secret().bytes();
    }
    return turns.isEmpty() ? null : turns;
  }

  /** Benches what has expired; tells whether that was anything. */
  boolean expire(long nowMillis) {
    boolean changed = bench.expire(nowMillis);
    if (changed) {
      interleaver.restart();
    }
    return changed;
  }

  int benched(BenchReason reason) {
    return bench.count(reason);
  }

  long turn() {
    return turn;
  }

  Position position() {
    long total = interleaver.total();
    return new Position(turn, Arrays.stream(rings).map(ring -> ring.mark(total)).toList());
  }

  AccountState state(int maxTokens) {
    List<TokenState> tokens = new ArrayList<>();
    for (Slot slot : slots.subList(0, Math.min(maxTokens, slots.size()))) {
      TokenInfo info = new TokenInfo(slot.token.id(), slot.token.settings());
      tokens.add(new TokenState(info, slot.benched, null, List.of(), 0, 0));
    }
    return new AccountState(account, turn, slots.size(), slots.size() - bench.size(), tokens, 0);
  }
}

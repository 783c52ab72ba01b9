package io.tokenbroker.server.model;

import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What has been committed about the tokens of an account, so that who has it loaded needs not read
 * it again. The fingerprint moves by the rows of the change alone: what others have changed at the
 * same time makes it differ from the store's, as before.
 */
public sealed interface TokenChange {
  /** How the fingerprint moves. */
  Fingerprint rows();

  /** What is loaded then; empty if the account is not known as the change found it. */
  Optional<KnownTokens> applyTo(KnownTokens known);

  /**
   * @param tokens those that were not there before
   * @param present those that were
   * @param rows of those that were added
   */
  record Added(List<Token> tokens, Set<TokenId> present, Fingerprint rows) implements TokenChange {
    @Override
    public Optional<KnownTokens> applyTo(KnownTokens known) {
      Set<Secret> secrets = new HashSet<>();
      tokens.forEach(token -> secrets.add(token.secret()));
      boolean asFound =
          tokens.stream().noneMatch(token -> known.has(token.id()))
              && present.stream().allMatch(known::has)
              // a person may have added a secret once more
              && known.tokens().stream().noneMatch(token -> secrets.contains(token.secret()))
              && tokens.stream().allMatch(token -> known.tellsLimitsOf(token.settings()));
      if (!asFound) {
        return Optional.empty();
      }
      List<Token> all = new ArrayList<>(known.tokens());
      all.addAll(tokens);
      all.sort(Comparator.comparing(Token::id));
      return Optional.of(known.with(all, known.fingerprint().plus(rows)));
    }
  }

  /**
   * @param rows of what it is now without that of what it was
   */
  record Updated(TokenInfo before, TokenInfo after, Fingerprint rows) implements TokenChange {
    @Override
    public Optional<KnownTokens> applyTo(KnownTokens known) {
      int place = known.place(before.id());
      if (place < 0
          || !known.tokens().get(place).settings().equals(before.settings())
          || !known.tellsLimitsOf(after.settings())) {
        return Optional.empty();
      }
      List<Token> all = new ArrayList<>(known.tokens());
      all.set(place, new Token(after.id(), all.get(place).secret(), after.settings()));
      return Optional.of(known.with(all, known.fingerprint().plus(rows)));
    }
  }

  /**
   * @param rows without those of the tokens
   */
  record Removed(Set<TokenId> tokens, Fingerprint rows) implements TokenChange {
    @Override
    public Optional<KnownTokens> applyTo(KnownTokens known) {
      if (!tokens.stream().allMatch(known::has) || tokens.size() == known.tokens().size()) {
        // whether an account is gone, only the store knows
        return Optional.empty();
      }
      List<Token> left = new ArrayList<>(known.tokens());
      left.removeIf(token -> tokens.contains(token.id()));
      return Optional.of(known.with(left, known.fingerprint().plus(rows)));
    }
  }
}

package org.espalier.nn.data;

/// One sequence of token ids and what a model should say of it.
public final class Example {
  private final int[] ids;
  private final Target target;

  /// Makes an example of token ids, special tokens included.
  public Example(int[] ids, Target target) {
    this.ids = ids.clone();
    this.target = target;
  }

  /// Returns the number of tokens.
  public int length() {
    return ids.length;
  }

  /// Returns the id of a token.
  public int id(int token) {
    return ids[token];
  }

  /// Returns what a model should say.
  public Target target() {
    return target;
  }

  void copyIds(int[] into, int at) {
    System.arraycopy(ids, 0, into, at, ids.length);
  }
}

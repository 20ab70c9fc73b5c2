package org.espalier.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;

/// Random tokens in sequences of given lengths, with a class for each sequence and classifier.
public final class TokenBatch {
  /// The number of classes that each of the three classifiers of an encoder tells apart.
  public static final List<Integer> CLASSES = List.of(2, 3, 5);

  private static final int SENTENCES = 32;

  /// Token counts of 256 examples, drawn alike from the five tasks of `./espalier demo` and mixed,
  /// special tokens counted and cut at 48 as there: 12.8 in the mean.
  private static final int[] LENGTHS = {
    8, 4, 10, 20, 7, 12, 10, 16, 8, 27, 14, 7, 8, 25, 10, 4, 8, 10, 34, 12, 5, 11, 8, 10, 13, 15,
    18, 19, 8, 9, 11, 8, 17, 8, 14, 7, 25, 12, 25, 10, 31, 21, 9, 19, 7, 20, 17, 14, 6, 6, 5, 34, 9,
    11, 10, 11, 20, 9, 8, 9, 15, 20, 10, 9, 9, 12, 8, 10, 12, 8, 11, 5, 13, 32, 12, 11, 26, 9, 8,
    19, 9, 7, 7, 13, 11, 13, 4, 12, 8, 5, 14, 15, 11, 8, 8, 29, 17, 22, 9, 8, 10, 8, 19, 9, 31, 10,
    8, 19, 7, 35, 9, 7, 8, 11, 12, 9, 14, 48, 11, 12, 4, 8, 9, 7, 7, 20, 13, 24, 4, 38, 13, 20, 4,
    16, 13, 13, 20, 7, 8, 21, 6, 8, 36, 8, 23, 9, 16, 4, 6, 5, 9, 10, 17, 10, 10, 12, 9, 36, 9, 5,
    9, 12, 16, 9, 7, 11, 7, 15, 4, 12, 8, 30, 8, 26, 8, 24, 11, 9, 6, 20, 14, 11, 15, 18, 5, 9, 19,
    11, 8, 8, 11, 8, 14, 16, 6, 4, 7, 9, 4, 5, 8, 10, 26, 16, 33, 13, 22, 11, 5, 7, 17, 12, 11, 9,
    15, 6, 11, 12, 6, 18, 18, 27, 8, 14, 12, 7, 18, 9, 10, 9, 21, 9, 13, 11, 22, 9, 12, 9, 8, 9, 6,
    12, 13, 12, 47, 10, 24, 7, 12, 13, 17, 8, 8, 11, 13, 6
  };

  private final int[][] ids;
  private final int number;

  private TokenBatch(int number, int vocabulary, int... lengths) {
    this.number = number;
    ids = new int[lengths.length][];
    for (int s = 0; s < lengths.length; s++) {
      ids[s] = Fill.ids(1000L * number + s, lengths[s], vocabulary);
    }
  }

  /// Returns the batch of full rows of a network.
  ///
  /// @param number tells apart batches of different tokens and classes
  public static TokenBatch full(Network network, int number) {
    int[] lengths = new int[network.sequences()];
    Arrays.fill(lengths, network.tokens());
    return new TokenBatch(number, network.vocabulary(), lengths);
  }

  /// Returns the eight batches of 32 sentences that an epoch of real lengths has.
  ///
  /// @param bucketed whether sentences of similar length share a batch, as who pads would have it;
  ///   otherwise they come as they come
  public static List<TokenBatch> sentences(Network network, boolean bucketed) {
    int[] lengths = LENGTHS.clone();
    if (bucketed) {
      Arrays.sort(lengths);
    }
    int each = network.isTiny() ? SENTENCES / 8 : SENTENCES;
    List<TokenBatch> batches = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int[] some = Arrays.copyOfRange(lengths, i * SENTENCES, i * SENTENCES + each);
      batches.add(new TokenBatch(i, network.vocabulary(), some));
    }
    return batches;
  }

  /// Returns the number of sequences.
  public int size() {
    return ids.length;
  }

  /// Returns the tokens of a sequence.
  public int[] ids(int sequence) {
    return ids[sequence].clone();
  }

  /// Returns the number of tokens of the longest sequence.
  public int longest() {
    return Arrays.stream(ids).mapToInt(s -> s.length).max().orElse(0);
  }

  /// Returns the class that a classifier should say of a sequence.
  public int label(int classifier, int sequence) {
    return (sequence + number + classifier) % CLASSES.get(classifier);
  }

  /// Returns the batch as the engine takes it, with the classes of one classifier.
  Batch packed(int classifier) {
    List<Example> examples = new ArrayList<>();
    for (int s = 0; s < ids.length; s++) {
      examples.add(new Example(ids[s], new Target.SequenceClass(label(classifier, s))));
    }
    return Batch.of(examples);
  }
}

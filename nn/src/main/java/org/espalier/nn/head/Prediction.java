package org.espalier.nn.head;

import java.util.Arrays;

/// What a model says of one sequence.
public sealed interface Prediction {
  /// Probabilities of the classes of a sequence, or of one token of it.
  final class Classes implements Prediction {
    private final float[] probabilities;

    /// Makes a prediction from probabilities that sum to 1.
    public Classes(float... probabilities) {
      this.probabilities = probabilities.clone();
    }

    /// Returns the number of classes.
    public int size() {
      return probabilities.length;
    }

    /// Returns the probability of a class.
    public double probability(int label) {
      return probabilities[label];
    }

    /// Returns the most probable class, the first of equals.
    public int best() {
      int best = 0;
      for (int i = 1; i < probabilities.length; i++) {
        if (probabilities[i] > probabilities[best]) {
          best = i;
        }
      }
      return best;
    }

    @Override
    public String toString() {
      return "Classes" + Arrays.toString(probabilities);
    }
  }

  /// A number.
  ///
  /// @param value the number
  record Value(double value) implements Prediction {}

  /// Probabilities of the tags of each token.
  final class Tags implements Prediction {
    private final Classes[] tokens;

    /// Makes a prediction from one distribution for each token.
    public Tags(Classes... tokens) {
      this.tokens = tokens.clone();
    }

    /// Returns the number of tokens.
    public int size() {
      return tokens.length;
    }

    /// Returns the distribution of a token.
    public Classes token(int i) {
      return tokens[i];
    }
  }
}

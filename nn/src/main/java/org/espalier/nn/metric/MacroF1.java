package org.espalier.nn.metric;

import java.util.Objects;

/// The unweighted mean over classes of each class's F1, `mean_c 2 tp_c / (2 tp_c + fp_c + fn_c)`.
///
/// A class that occurs neither among the labels nor among the predictions is left out of the mean.
/// This is the mean of F1 scores, not the F1 of mean precision and recall (Opitz, Burst 2019 on the
/// difference).
public final class MacroF1 implements Metric {
  private final long[] truePositives;
  private final long[] labelled;
  private final long[] predictedAs;

  /// An empty metric.
  ///
  /// @param classes how many classes there are
  public MacroF1(int classes) {
    truePositives = new long[classes];
    labelled = new long[classes];
    predictedAs = new long[classes];
  }

  /// Adds a prediction.
  ///
  /// @throws IndexOutOfBoundsException if one of the two is not a class
  public void add(int label, int predicted) {
    Objects.checkIndex(label, labelled.length);
    Objects.checkIndex(predicted, labelled.length);
    labelled[label]++;
    predictedAs[predicted]++;
    if (label == predicted) {
      truePositives[label]++;
    }
  }

  @Override
  public String name() {
    return "macro F1";
  }

  @Override
  public double value() {
    double sum = 0;
    int present = 0;
    for (int c = 0; c < labelled.length; c++) {
      long marked = labelled[c] + predictedAs[c]; // = 2 tp + fp + fn
      if (marked > 0) {
        sum += 2.0 * truePositives[c] / marked;
        present++;
      }
    }
    return sum / present;
  }
}

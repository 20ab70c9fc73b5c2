package org.espalier.cuda;

import java.util.List;
import java.util.Random;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.Ragged;
import org.espalier.nn.layer.Linear;
import org.espalier.nn.loss.Losses;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;
import org.espalier.op.SegmentMean;

/// The training of a small encoder with a classifier, the same on any device.
final class SmallTraining {
  private static final BertConfig SMALL = new BertConfig(60, 32, 2, 4, 64, 16, 2, 1e-12, 0.1, 0.1);

  private final Device device;
  private final Bert bert;
  private final Linear classifier;
  private final AdamW optimiser;

  /// Makes the model with its starting weights.
  SmallTraining(Device device) {
    this.device = device;
    Parameters root = Parameters.random(11).on(device);
    bert = new Bert(root.at("bert"), SMALL);
    classifier = new Linear(root.at("classifier"), SMALL.hiddenSize(), 3);
    optimiser =
        new AdamW(List.of(new ParameterGroup(root.all(), 2e-3, 0.01)), AdamW.SparseRows.ALL);
  }

  /// Trains on the one batch; returns the loss.
  double step(int number) {
    try (Scope _ = Scope.open()) {
      Ragged layout = Ragged.of(5, 1, 9, 3).to(device);
      int[] ids = new Random(7).ints(layout.rows(), 0, SMALL.vocabSize()).toArray();
      int[] labels = new int[layout.sequences()];
      for (int s = 0; s < labels.length; s++) {
        labels[s] = ids[layout.offset(s)] % 3;
      }
      Context context = Context.training(layout, number);
      Tensor hidden = bert.forward(context, Tensor.of(ids).to(device));
      Tensor pooled = SegmentMean.apply(hidden, layout.offsets());
      Tensor loss = Losses.crossEntropy(classifier.forward(context, pooled), labels);
      loss.backward();
      double value = loss.item();
      optimiser.step(1, 1);
      return value;
    }
  }
}

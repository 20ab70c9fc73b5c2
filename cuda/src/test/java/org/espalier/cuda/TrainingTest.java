package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.Ragged;
import org.espalier.nn.loss.Losses;
import org.espalier.nn.layer.Linear;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;
import org.espalier.op.SegmentMean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Whole training steps of a small encoder, beside the same on the CPU.
@ExtendWith(OnSoftwareDevice.class)
class TrainingTest {
  private static final int STEPS = 10;
  private static final BertConfig SMALL =
      new BertConfig(60, 32, 2, 4, 64, 16, 2, 1e-12, 0.1, 0.1);

  @Test
  void tenStepsOfBertLoseAsMuchAsOnTheCpu() {
    double[] expected = losses(Device.CPU);
    double[] actual = losses(Device.of("cuda:0"));
    assertArrayEquals(expected, actual, 1e-4, "losses of " + STEPS + " steps");
    assertTrue(expected[STEPS - 1] < expected[0], "it learns");
  }

  private static double[] losses(Device device) {
    double[] losses = new double[STEPS];
    Parameters root = Parameters.random(11).on(device);
    var bert = new Bert(root.at("bert"), SMALL);
    var classifier = new Linear(root.at("classifier"), SMALL.hiddenSize(), 3);
    var group = new ParameterGroup(root.all(), 2e-3, 0.01);
    var optimiser = new AdamW(List.of(group), AdamW.SparseRows.ALL);
    for (int step = 0; step < STEPS; step++) {
      try (Scope _ = Scope.open()) {
        int[] lengths = {5, 1, 9, 3 + step % 2 * 6};
        Ragged layout = Ragged.of(lengths).to(device);
        int[] ids = new Random(7).ints(layout.rows(), 0, SMALL.vocabSize()).toArray();
        int[] labels = new int[lengths.length];
        for (int s = 0; s < labels.length; s++) {
          labels[s] = ids[layout.offset(s)] % 3;
        }
        Context context = Context.training(layout, step);
        Tensor hidden = bert.forward(context, Tensor.of(ids).to(device));
        Tensor logits =
            classifier.forward(context, SegmentMean.apply(hidden, layout.offsets()));
        Tensor loss = Losses.crossEntropy(logits, labels);
        loss.backward();
        losses[step] = loss.item();
        optimiser.step(1, 1);
      }
    }
    return losses;
  }
}

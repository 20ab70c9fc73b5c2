package org.espalier.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;

/// An encoder of MiniLM's size (6 layers of 384) with random weights, three classifiers on its
/// hidden states, one batch for all of them, and an optimiser.
final class MiniLm {
  private static final double DROPOUT = 0.1;
  private static final BertConfig FULL =
      new BertConfig(30522, 384, 6, 12, 1536, 512, 2, 1e-12, 0, 0);
  static final BertConfig TINY = new BertConfig(50, 8, 1, 2, 16, 64, 2, 1e-12, 0, 0);
  private static final int[] CLASSES = {2, 3, 5};

  /// Token counts of 32 short sentences.
  private static final int[] SENTENCES = {
    4, 5, 5, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 12, 13, 13, 14, 15, 16,
    17, 18, 21, 26, 48
  };

  private final Parameters parameters = Parameters.random(1);
  private final Bert bert;
  private final List<SequenceClassifier> heads = new ArrayList<>();
  private final List<List<Example>> examples = new ArrayList<>();
  private final AdamW optimiser;
  private long seed;

  MiniLm(BertConfig config, int... lengths) {
    bert = new Bert(parameters, config.withDropout(DROPOUT, DROPOUT));
    for (int h = 0; h < CLASSES.length; h++) {
      int classes = CLASSES[h];
      Parameters at = parameters.at("heads").at(h);
      heads.add(new SequenceClassifier(at, config.hiddenSize(), classes, DROPOUT));
      List<Example> some = new ArrayList<>();
      for (int s = 0; s < lengths.length; s++) {
        int[] ids = Fill.ids(s, lengths[s], config.vocabSize());
        some.add(new Example(ids, new Target.SequenceClass(s % classes)));
      }
      examples.add(some);
    }
    optimiser =
        new AdamW(ParameterGroup.decayed(parameters.all(), 2e-5, 0.01), AdamW.SparseRows.ALL);
  }

  /// Returns the model with a batch of 16 sequences of 128 tokens, or a smaller model.
  static MiniLm of(Size size) {
    return of(size, "full");
  }

  /// Returns the model with a `full` or a `ragged` batch, or a smaller model.
  static MiniLm of(Size size, String batch) {
    int[] full = new int[size.pick(16, 2)];
    Arrays.fill(full, size.pick(128, 5));
    int[] ragged = size.pick(1, 0) == 1 ? SENTENCES : new int[] {3, 1, 7};
    return new MiniLm(size.pick(1, 0) == 1 ? FULL : TINY, batch.equals("ragged") ? ragged : full);
  }

  Parameters parameters() {
    return parameters;
  }

  /// Runs a step of training and returns its loss.
  double train() {
    double value;
    try (Scope _ = Scope.open()) {
      Batch batch = Batch.of(examples.getFirst());
      Context context = Context.training(batch.layout(), seed++);
      Tensor hidden = bert.forward(context, batch.ids());
      Tensor total = heads.getFirst().loss(context, hidden, batch);
      for (int h = 1; h < heads.size(); h++) {
        total = total.add(heads.get(h).loss(context, hidden, Batch.of(examples.get(h))));
      }
      total.backward();
      value = total.item();
      optimiser.step(1, 1);
    }
    return value;
  }

  /// Runs the encoder without recording.
  Tensor infer() {
    try (Scope _ = Scope.open()) {
      Batch batch = Batch.of(examples.getFirst());
      return Autograd.noGrad(() -> bert.forward(Context.inference(batch.layout()), batch.ids()));
    }
  }
}

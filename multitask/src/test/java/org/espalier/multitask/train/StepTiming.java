package org.espalier.multitask.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.espalier.Espalier;
import org.espalier.Scope;
import org.espalier.Tensor;
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
import org.espalier.random.RandomStream;

/// A program, not a test: times one MiniLM-sized training step (6 layers of 384, 16 sequences of
/// 128 tokens, three heads on one shared forward pass, clipping, AdamW).
///
/// Arguments: steps, dropout, `ALL` or `TOUCHED` rows of the word table, and optionally the lengths
/// of the sequences.
public final class StepTiming {
  private static final BertConfig MINILM =
      new BertConfig(30522, 384, 6, 12, 1536, 512, 2, 1e-12, 0, 0);

  private StepTiming() {}

  /// Prints the median, and the loss to the last bit.
  public static void main(String[] args) {
    int steps = args.length > 0 ? Integer.parseInt(args[0]) : 9;
    double dropout = args.length > 1 ? Double.parseDouble(args[1]) : 0.1;
    AdamW.SparseRows rows =
        args.length > 2 ? AdamW.SparseRows.valueOf(args[2]) : AdamW.SparseRows.ALL;
    int[] lengths = new int[16];
    Arrays.fill(lengths, 128);
    if (args.length > 3) {
      lengths = Arrays.stream(args[3].split(",")).mapToInt(Integer::parseInt).toArray();
    }
    System.out.println(Espalier.describe());
    Parameters root = Parameters.random(1);
    Bert bert = new Bert(root, MINILM.withDropout(dropout, dropout));
    int[] classes = {2, 3, 5};
    List<SequenceClassifier> heads = new ArrayList<>();
    for (int i = 0; i < classes.length; i++) {
      heads.add(new SequenceClassifier(root.at("heads").at(i), 384, classes[i], dropout));
    }
    AdamW adamw = new AdamW(ParameterGroup.decayed(root.all(), 2e-5, 0.01), rows);
    RandomStream random = new RandomStream(1, 1);
    List<List<Example>> perHead = new ArrayList<>();
    int[][] ids = new int[lengths.length][];
    for (int s = 0; s < lengths.length; s++) {
      ids[s] = new int[lengths[s]];
      Arrays.setAll(ids[s], i -> random.nextInt(MINILM.vocabSize()));
    }
    for (int c : classes) {
      List<Example> some = new ArrayList<>();
      for (int[] sequence : ids) {
        some.add(new Example(sequence, new Target.SequenceClass(random.nextInt(c))));
      }
      perHead.add(some);
    }
    double[] ms = new double[steps];
    for (int step = -3; step < steps; step++) {
      long start = System.nanoTime();
      double loss = step(bert, heads, perHead, adamw, step + 10);
      double taken = (System.nanoTime() - start) / 1e6;
      System.out.printf(
          Locale.ROOT,
          "step %d %.1f ms loss %s %08x%n",
          step,
          taken,
          loss,
          Float.floatToIntBits((float) loss));
      if (step >= 0) {
        ms[step] = taken;
      }
    }
    Arrays.sort(ms);
    System.out.printf(Locale.ROOT, "median %.1f ms%n", ms[steps / 2]);
  }

  private static double step(
      Bert bert,
      List<SequenceClassifier> heads,
      List<List<Example>> perHead,
      AdamW adamw,
      long seed) {
    double value;
    try (Scope _ = Scope.open()) {
      Batch batch = Batch.of(perHead.getFirst());
      Context context = Context.training(batch.layout(), seed);
      Tensor hidden = bert.forward(context, batch.ids());
      Tensor total = heads.getFirst().loss(context, hidden, batch);
      for (int i = 1; i < heads.size(); i++) {
        total = total.add(heads.get(i).loss(context, hidden, Batch.of(perHead.get(i))));
      }
      total.backward();
      value = total.item();
      adamw.step(1, 1);
    }
    return value;
  }
}

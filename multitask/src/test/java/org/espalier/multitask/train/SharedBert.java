package org.espalier.multitask.train;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

/// A BERT with random weights, three heads on one shared forward pass, and its optimiser: what the
/// step programs and tests of this package train.
final class SharedBert {
  static final BertConfig TINY = new BertConfig(60, 32, 2, 4, 64, 64, 2, 1e-12, 0, 0);
  static final BertConfig THIN = new BertConfig(60, 32, 6, 4, 64, 64, 2, 1e-12, 0, 0);
  static final BertConfig MINUTE = new BertConfig(20, 16, 1, 2, 16, 16, 2, 1e-12, 0, 0);
  private static final int[] CLASSES = {2, 3, 5};

  private final Parameters root = Parameters.random(1);
  private final Bert bert;
  private final List<SequenceClassifier> heads = new ArrayList<>();
  private final AdamW adamw;
  private final int vocabulary;

  SharedBert(BertConfig config, double dropout, double learningRate, AdamW.SparseRows rows) {
    vocabulary = config.vocabSize();
    bert = new Bert(root, config.withDropout(dropout, dropout));
    for (int i = 0; i < CLASSES.length; i++) {
      Parameters at = root.at("heads").at(i);
      heads.add(new SequenceClassifier(at, config.hiddenSize(), CLASSES[i], dropout));
    }
    adamw = new AdamW(ParameterGroup.decayed(root.all(), learningRate, 0.01), rows);
  }

  /// The same random sequences with a random label for each head.
  final class Data {
    private final List<List<Example>> perHead = new ArrayList<>();

    Data(long seed, int... lengths) {
      RandomStream random = new RandomStream(seed, 1);
      int[][] ids = new int[lengths.length][];
      for (int s = 0; s < lengths.length; s++) {
        ids[s] = new int[lengths[s]];
        Arrays.setAll(ids[s], i -> random.nextInt(vocabulary));
      }
      for (int classes : CLASSES) {
        List<Example> some = new ArrayList<>();
        for (int[] sequence : ids) {
          some.add(new Example(sequence, new Target.SequenceClass(random.nextInt(classes))));
        }
        perHead.add(some);
      }
    }
  }

  /// Forward, backward, clipping and AdamW; returns the loss.
  double step(Data data, long seed) {
    double loss = backward(data, seed);
    adamw.step(1, 1);
    return loss;
  }

  /// Forward and backward; returns the loss.
  double backward(Data data, long seed) {
    try (Scope _ = Scope.open()) {
      Batch batch = Batch.of(data.perHead.getFirst());
      Context context = Context.training(batch.layout(), seed);
      Tensor hidden = bert.forward(context, batch.ids());
      Tensor total = heads.getFirst().loss(context, hidden, batch);
      for (int i = 1; i < heads.size(); i++) {
        total = total.add(heads.get(i).loss(context, hidden, Batch.of(data.perHead.get(i))));
      }
      total.backward();
      return total.item();
    }
  }

  Map<String, Tensor> parameters() {
    return root.all();
  }

  AdamW optimiser() {
    return adamw;
  }

  /// Returns SHA-256 over the names and bits of all parameters and moments.
  String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      Map<String, Tensor> all = new TreeMap<>(root.all());
      all.putAll(adamw.state());
      all.forEach((name, t) -> {
        digest.update(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        float[] values = t.toFloatArray();
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        digest.update(bytes);
      });
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// Returns the bytes that all threads have allocated so far.
  static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getTotalThreadAllocatedBytes();
  }
}

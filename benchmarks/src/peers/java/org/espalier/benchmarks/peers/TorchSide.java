package org.espalier.benchmarks.peers;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.espalier.benchmarks.ProductShape;
import org.espalier.benchmarks.Workload;
import org.espalier.multitask.aggregation.PcGrad;
import org.jspecify.annotations.Nullable;

/// PyTorch's side.
final class TorchSide implements Contestant {
  /// A network at work.
  private record Running(
      Job job,
      TorchWeights weights,
      TorchNetwork network,
      TorchAdamW optimiser,
      PcGrad pcGrad,
      List<TorchBatch> batches) {}

  private final boolean fast;
  private @Nullable Running running;
  private int next;

  /// @param fast whether inference takes the fast path of encoders
  TorchSide(int threads, boolean fast) {
    torch.set_num_threads(threads);
    this.fast = fast;
  }

  @Override
  public void threads(int count) {
    torch.set_num_threads(count);
  }

  @Override
  public void open(ProductShape shape, ProductShape.Form form) {
    throw new UnsupportedOperationException("products are compared with OpenBLAS");
  }

  @Override
  public void open(Job job) {
    TorchWeights weights = new TorchWeights(job.weights());
    boolean direct = fast && job.workload().kind() == Workload.Kind.INFERENCE;
    TorchNetwork network =
        job.network().isEncoder()
            ? new TorchEncoder(weights, job.network().encoder(), job.dropout(), direct)
            : new TorchDecoder(weights, job.network().decoder(), job.dropout());
    List<TorchBatch> batches = new ArrayList<>();
    job.batches().forEach(b -> batches.add(new TorchBatch(b)));
    running = new Running(job, weights, network, new TorchAdamW(weights), new PcGrad(1), batches);
    next = 0;
  }

  private Running running() {
    Running r = running;
    if (r == null) {
      throw new IllegalStateException("no network is open");
    }
    return r;
  }

  @Override
  public void run(int calls) {
    for (int i = 0; i < calls; i++) {
      once();
    }
  }

  private double once() {
    Running r = running();
    try (PointerScope _ = new PointerScope()) {
      return switch (r.job().workload().kind()) {
        case TRAINING, SENTENCES -> train(r, r.batches().get(next++ % r.batches().size()));
        case SURGERY -> surgery(r);
        case INFERENCE -> infer(r).defined() ? 0 : 1;
      };
    }
  }

  private static double train(Running r, TorchBatch batch) {
    r.weights().zeroGrad();
    Tensor loss = r.network().loss(batch, -1);
    loss.backward();
    r.optimiser().step();
    return loss.item_float();
  }

  private static Tensor infer(Running r) {
    try (InferenceMode _ = new InferenceMode(true)) {
      return r.network().hidden(r.batches().getFirst());
    }
  }

  /// The weights of the tasks come from their Gram matrix, as on our side and in TorchJD: cheaper
  /// than projecting the gradients one from another.
  private static double surgery(Running r) {
    r.weights().zeroGrad();
    List<Tensor> shared = new ArrayList<>();
    r.weights()
        .all()
        .forEach((name, p) -> {
          if (!name.startsWith("heads.")) {
            shared.add(p);
          }
        });
    int tasks = r.batches().size();
    Tensor[][] gradients = new Tensor[tasks][shared.size()];
    double total = 0;
    for (int t = 0; t < tasks; t++) {
      Tensor loss = r.network().loss(r.batches().get(t), t);
      loss.backward();
      total += loss.item_float();
      for (int p = 0; p < shared.size(); p++) {
        gradients[t][p] = new Tensor(shared.get(p).grad()); // another handle on the same numbers
        shared.get(p).mutable_grad().reset();
      }
    }
    try (NoGradGuard _ = new NoGradGuard()) {
      combine(shared, gradients, r.pcGrad().weights(gram(gradients)));
    }
    r.optimiser().step();
    return total;
  }

  private static double[][] gram(Tensor[][] gradients) {
    int tasks = gradients.length;
    double[][] gram = new double[tasks][tasks];
    for (int i = 0; i < tasks; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int p = 0; p < gradients[i].length; p++) {
          sum += torch.dot(gradients[i][p].view(-1), gradients[j][p].view(-1)).item_float();
        }
        gram[i][j] = sum;
        gram[j][i] = sum;
      }
    }
    return gram;
  }

  private static void combine(List<Tensor> shared, Tensor[][] gradients, double... weights) {
    for (int p = 0; p < shared.size(); p++) {
      Tensor sum = gradients[0][p].mul_(new Scalar(weights[0]));
      for (int t = 1; t < gradients.length; t++) {
        sum.add_(gradients[t][p], new Scalar(weights[t]));
      }
      shared.get(p).mutable_grad().put(sum);
    }
  }

  @Override
  public double[] probe() {
    Running r = running();
    if (r.job().workload().kind() == Workload.Kind.INFERENCE) {
      try (PointerScope _ = new PointerScope()) {
        FloatBuffer values = infer(r).contiguous().createBuffer();
        float[] all = new float[values.remaining()];
        values.get(all);
        return Probe.of(all);
      }
    }
    double[] losses = new double[r.job().probes()];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = once();
    }
    return losses;
  }

  @Override
  public String about() {
    return "PyTorch " + Versions.of("pytorch");
  }
}

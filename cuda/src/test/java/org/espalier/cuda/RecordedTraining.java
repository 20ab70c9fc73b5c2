package org.espalier.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.graph.Step;
import org.espalier.graph.StepGraphs;
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

/// The training of a small encoder with a classifier by recorded steps, without a trainer.
final class RecordedTraining implements AutoCloseable {
  private static final Device CUDA = Device.of("cuda:0");
  private static final BertConfig TINY = new BertConfig(60, 32, 1, 4, 64, 16, 2, 1e-12, 0.1, 0.1);

  private static final Ragged SHAPE = Scope.outside(() -> Ragged.of(5, 1, 9));

  final Parameters root;
  final AdamW optimiser;
  private final Bert bert;
  private final Linear classifier;
  private final StepGraphs<Integer> steps;

  RecordedTraining(long seed) {
    this(seed, true);
  }

  /// @param records false to compute each step at once
  RecordedTraining(long seed, boolean records) {
    steps = records ? new StepGraphs<>(CUDA, 2, this::step) : StepGraphs.eager(CUDA, this::step);
    root = Parameters.random(seed).on(CUDA);
    bert = new Bert(root.at("bert"), TINY);
    classifier = new Linear(root.at("classifier"), TINY.hiddenSize(), 3);
    optimiser =
        new AdamW(List.of(new ParameterGroup(root.all(), 2e-3, 0.01)), AdamW.SparseRows.ALL);
  }

  List<Double> run(int from, int to) {
    List<Double> losses = new ArrayList<>();
    for (int i = from; i < to; i++) {
      losses.add(steps.run("all", i).getFirst().item());
    }
    return losses;
  }

  private List<Tensor> step(Step<Integer> step) {
    Ragged layout = SHAPE.with(step.feed(_ -> SHAPE.offsets()), step.feed(_ -> SHAPE.positions()));
    Tensor ids = step.feed(i -> Tensor.of(new Random(i).ints(15, 0, TINY.vocabSize()).toArray()));
    Tensor labels = step.feed(i -> Tensor.of(new int[] {i % 3, (i + 1) % 3, 1}));
    Context context = Context.training(layout, step.seed(i -> i));
    Tensor pooled = SegmentMean.apply(bert.forward(context, ids), layout.offsets());
    Tensor logits = classifier.forward(context, pooled);
    Tensor count = Tensor.full(DType.F32, CUDA, Shape.SCALAR, 3);
    Tensor loss = Losses.crossEntropy(logits, labels, count);
    loss.backward();
    optimiser.step(step, i -> 1.0 / (1 + i), 1);
    return List.of(loss);
  }

  void restore(Map<String, Tensor> parameters, Map<String, Tensor> moments) {
    Autograd.noGrad(() -> root.all().forEach((name, t) -> t.copyInPlace(parameters.get(name))));
    optimiser.restore(moments);
  }

  @Override
  public void close() {
    steps.close();
  }
}

package org.espalier.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.espalier.Device;
import org.espalier.multitask.sampling.RoundRobinSampler;
import org.espalier.multitask.sharing.HardSharing;
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.MultiTaskTrainer;
import org.espalier.multitask.train.Scores;
import org.espalier.multitask.train.StepMode;
import org.espalier.multitask.train.StepReport;
import org.espalier.multitask.train.Task;
import org.espalier.multitask.train.TrainingListener;
import org.espalier.multitask.train.TrainingPlan;
import org.espalier.multitask.weighting.LossWeighting;
import org.espalier.multitask.weighting.UncertaintyWeighting;
import org.espalier.multitask.weighting.UncertaintyWeighting.Kind;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.head.SequenceRegressor;
import org.espalier.nn.head.TokenClassifier;
import org.espalier.nn.head.TokenTagger;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.random.RandomStream;

/// A small encoder with four tasks, one of each kind of head, and sequences of many lengths; with
/// dropout, warm-up and clipping.
///
/// @param reports of each step
/// @param parameters what is left in them
record FourTasks(List<StepReport> reports, Map<String, float[]> parameters) {
  /// The number of tasks.
  static final int TASKS = 4;

  private static final BertConfig TINY = new BertConfig(40, 32, 1, 4, 48, 16, 2, 1e-12, 0.1, 0.1);

  /// Trains from the same start, on the same batches.
  static FourTasks train(Device device, StepMode mode, int steps, Consumer<StepReport> seen) {
    Parameters root = Parameters.random(5).on(device);
    Bert bert = new Bert(root.at("bert"), TINY);
    var sharing = new HardSharing(bert, root.at("bert").all());
    var model = new MultiTaskModel(root, sharing, tasks(root.at("heads")));
    LossWeighting weighting =
        new UncertaintyWeighting(
            List.of(Kind.CLASSIFICATION, Kind.REGRESSION, Kind.CLASSIFICATION, Kind.CLASSIFICATION),
            device);
    TrainingPlan plan =
        new TrainingPlan(steps, 5, 1e-3, 2e-3, 1e-2, 0.01, 0.2, 0.5, 3, false, 0, 0, "")
            .withMode(mode);
    List<StepReport> reports = new ArrayList<>();
    var trainer = new MultiTaskTrainer(model, plan, new RoundRobinSampler(TASKS), weighting);
    trainer.train(
        new TrainingListener() {
          @Override
          public void onStep(StepReport report) {
            reports.add(report);
            seen.accept(report);
          }
        });
    Map<String, float[]> parameters = new LinkedHashMap<>();
    root.all().forEach((name, t) -> parameters.put(name, t.toFloatArray()));
    weighting.parameters().forEach((name, t) -> parameters.put(name, t.toFloatArray()));
    return new FourTasks(reports, parameters);
  }

  /// Returns the sizes to which batches were padded, or would be.
  TreeSet<Integer> buckets() {
    TreeSet<Integer> buckets = new TreeSet<>();
    reports.forEach(r -> buckets.add(Batch.bucket(r.tokens())));
    return buckets;
  }

  double[] losses() {
    return reports.stream().mapToDouble(StepReport::loss).toArray();
  }

  double[] norms() {
    return reports.stream().mapToDouble(StepReport::gradientNorm).toArray();
  }

  private static List<Task> tasks(Parameters heads) {
    int dim = TINY.hiddenSize();
    return List.of(
        new Task(
            "first",
            new SequenceClassifier(heads.at("first"), dim, 2, 0.1),
            "heads.first",
            examples(1, ids -> new Target.SequenceClass(ids[0] % 2)),
            List.of(),
            List.of(Scores.accuracy())),
        new Task(
            "large",
            new SequenceRegressor(heads.at("large"), dim, 0.1),
            "heads.large",
            examples(2, ids -> new Target.SequenceValue(ids[0] / 40.0)),
            List.of(),
            List.of(Scores.r2())),
        new Task(
            "even",
            new TokenTagger(heads.at("even"), dim, 2, 0.1),
            "heads.even",
            examples(
                3,
                ids ->
                    new Target.TokenTags(
                        Arrays.stream(ids)
                            .map(x -> x % 3 == 0 ? Target.TokenTags.NONE : x % 2)
                            .toArray())),
            List.of(),
            List.of(Scores.tokenF1(0))),
        new Task(
            "last",
            new TokenClassifier(heads.at("last"), dim, 3, 0.1),
            "heads.last",
            examples(4, ids -> new Target.TokenClass(ids.length - 1, ids[ids.length - 1] % 3)),
            List.of(),
            List.of(Scores.accuracy())));
  }

  private static List<Example> examples(long stream, Function<int[], Target> target) {
    RandomStream random = new RandomStream(77, stream);
    List<Example> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int[] ids = new int[2 + random.nextInt(9)];
      Arrays.setAll(ids, _ -> random.nextInt(TINY.vocabSize()));
      all.add(new Example(ids, target.apply(ids)));
    }
    return all;
  }
}

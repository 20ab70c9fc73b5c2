package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.espalier.Device;
import org.espalier.cuda.device.DeviceCounters;
import org.espalier.cuda.device.SoftwareDevice;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Four tasks with all kinds of heads, dropout, warm-up and clipping: recorded steps beside the same
/// computed one kernel at a time.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class RecordedTrainingTest {
  private static final int STEPS = 44;
  private static final int TASKS = 4;
  private static final Device CUDA = Device.of("cuda:0");
  private static final BertConfig TINY = new BertConfig(40, 32, 1, 4, 48, 16, 2, 1e-12, 0.1, 0.1);

  /// What a training leaves.
  private record Trained(List<StepReport> reports, Map<String, float[]> parameters) {
    double[] losses() {
      return reports.stream().mapToDouble(StepReport::loss).toArray();
    }

    double[] norms() {
      return reports.stream().mapToDouble(StepReport::gradientNorm).toArray();
    }
  }

  @Test
  void recordedStepsHaveTheBitsOfEagerOnes() {
    Trained eager = train(CUDA, StepMode.PADDED);
    SoftwareDevice.get().resetCounters();
    Trained recorded = train(CUDA, StepMode.RECORDED);
    DeviceCounters counters = SoftwareDevice.get().counters();
    assertTrue(counters.graphLaunches() >= STEPS / 2, counters.graphLaunches() + " replays");
    assertArrayEquals(eager.losses(), recorded.losses(), 0);
    assertArrayEquals(eager.norms(), recorded.norms(), 0);
    assertEquals(eager.parameters().keySet(), recorded.parameters().keySet());
    eager
        .parameters()
        .forEach((name, values) ->
            assertArrayEquals(values, recorded.parameters().get(name), 0, name));
  }

  @Test
  void rowsOfNoSequenceChangeNothing() {
    Trained padded = train(CUDA, StepMode.PADDED);
    Trained plain = train(CUDA, StepMode.EAGER);
    assertTrue(Arrays.stream(plain.norms()).anyMatch(n -> n > 0.5), "some steps are clipped");
    assertArrayEquals(plain.losses(), padded.losses(), 1e-6);
    assertArrayEquals(plain.norms(), padded.norms(), 1e-5);
  }

  @Test
  void theCpuTrainsTheSame() {
    double[] expected = train(Device.CPU, StepMode.EAGER).losses();
    assertArrayEquals(expected, train(Device.CPU, StepMode.RECORDED).losses(), 1e-6);
    assertArrayEquals(expected, train(CUDA, StepMode.RECORDED).losses(), 1e-4);
  }

  private static Trained train(Device device, StepMode mode) {
    Parameters root = Parameters.random(5).on(device);
    Bert bert = new Bert(root.at("bert"), TINY);
    var sharing = new HardSharing(bert, root.at("bert").all());
    var model = new MultiTaskModel(root, sharing, tasks(root.at("heads")));
    LossWeighting weighting =
        new UncertaintyWeighting(
            List.of(
                Kind.CLASSIFICATION, Kind.REGRESSION, Kind.CLASSIFICATION, Kind.CLASSIFICATION),
            device);
    TrainingPlan plan =
        new TrainingPlan(STEPS, 5, 1e-3, 2e-3, 1e-2, 0.01, 0.2, 0.5, 3, false, 0, 0, "")
            .withMode(mode);
    List<StepReport> reports = new ArrayList<>();
    var trainer = new MultiTaskTrainer(model, plan, new RoundRobinSampler(TASKS), weighting);
    trainer.train(
        new TrainingListener() {
          @Override
          public void onStep(StepReport report) {
            reports.add(report);
          }
        });
    TreeSet<Integer> buckets = new TreeSet<>();
    reports.forEach(r -> buckets.add(Batch.bucket(r.tokens())));
    assertTrue(buckets.size() >= 3, "batches of " + buckets + " rows");
    Map<String, float[]> parameters = new LinkedHashMap<>();
    root.all().forEach((name, t) -> parameters.put(name, t.toFloatArray()));
    return new Trained(reports, parameters);
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

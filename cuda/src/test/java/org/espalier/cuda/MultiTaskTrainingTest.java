package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.espalier.Device;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.multitask.aggregation.PcGrad;
import org.espalier.multitask.sampling.RoundRobinSampler;
import org.espalier.multitask.sharing.HardSharing;
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.MultiTaskTrainer;
import org.espalier.multitask.train.Scores;
import org.espalier.multitask.train.StepReport;
import org.espalier.multitask.train.Task;
import org.espalier.multitask.train.TrainingListener;
import org.espalier.multitask.train.TrainingPlan;
import org.espalier.multitask.weighting.FixedWeighting;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.head.SequenceRegressor;
import org.espalier.nn.head.TokenTagger;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.random.RandomStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Three tasks on one encoder, their gradients combined by PCGrad, beside the same on the CPU.
@ExtendWith(OnSoftwareDevice.class)
class MultiTaskTrainingTest {
  private static final int STEPS = 10;
  private static final BertConfig TINY = new BertConfig(40, 32, 1, 4, 48, 16, 2, 1e-12, 0.1, 0.1);

  @Test
  void tenStepsLoseAsMuchAsOnTheCpu() {
    double[] expected = losses(Device.CPU);
    double[] actual = losses(Device.of("cuda:0"));
    assertEquals(STEPS, actual.length);
    assertArrayEquals(expected, actual, 1e-4, "losses of " + STEPS + " steps");
  }

  /// For the three losses, all inner products of the three gradients, and the norm to clip by.
  @Test
  @Tag("software-device")
  void aStepWaitsFiveTimes() {
    List<Long> waits = new ArrayList<>();
    SoftwareDevice device = SoftwareDevice.get();
    train(
        Device.of("cuda:0"),
        _ -> {
          waits.add(device.counters().synchronisations());
          device.resetCounters();
        });
    assertEquals(List.of(5L, 5L, 5L), waits.subList(STEPS - 3, STEPS));
  }

  private static double[] losses(Device device) {
    List<Double> losses = new ArrayList<>();
    train(device, report -> losses.add(report.loss()));
    return losses.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void train(Device device, Consumer<StepReport> listener) {
    Parameters root = Parameters.random(5).on(device);
    Bert bert = new Bert(root.at("bert"), TINY);
    var sharing = new HardSharing(bert, root.at("bert").all());
    var model = new MultiTaskModel(root, sharing, tasks(root.at("heads")));
    TrainingPlan plan =
        new TrainingPlan(STEPS, 4, 1e-3, 2e-3, 1e-2, 0.01, 0.1, 1, 3, false, 0, 0, "");
    var trainer =
        new MultiTaskTrainer(
            model, plan, new RoundRobinSampler(3), FixedWeighting.equal(3), new PcGrad(9));
    trainer.train(
        new TrainingListener() {
          @Override
          public void onStep(StepReport report) {
            listener.accept(report);
          }
        });
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
            new SequenceRegressor(heads.at("large"), dim, 0),
            "heads.large",
            examples(2, ids -> new Target.SequenceValue(large(ids))),
            List.of(),
            List.of(Scores.r2())),
        new Task(
            "even",
            new TokenTagger(heads.at("even"), dim, 2, 0),
            "heads.even",
            examples(3, ids -> new Target.TokenTags(even(ids))),
            List.of(),
            List.of(Scores.tokenF1(0))));
  }

  private static double large(int[] ids) {
    return (double) Arrays.stream(ids).filter(x -> x > 20).count() / ids.length;
  }

  private static int[] even(int[] ids) {
    return Arrays.stream(ids).map(x -> 1 - x % 2).toArray();
  }

  private static List<Example> examples(long stream, Function<int[], Target> target) {
    RandomStream random = new RandomStream(77, stream);
    List<Example> all = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      int[] ids = new int[2 + random.nextInt(6)];
      Arrays.setAll(ids, _ -> random.nextInt(TINY.vocabSize()));
      all.add(new Example(ids, target.apply(ids)));
    }
    return all;
  }
}

package org.espalier.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
import org.espalier.multitask.weighting.FixedWeighting;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.random.RandomStream;

/// What a training step asks of the driver once everything has been seen before, for the book.
public final class StepFigures {
  private static final int BLOCKS = 6;
  private static final int SEQUENCES = 8;
  private static final int STEPS = 5;
  private static final Device CUDA = Device.of("cuda:0");

  private StepFigures() {}

  /// Returns what the last of some steps did: an encoder of 6 blocks with one classifier, 8
  /// sequences of 12 tokens.
  public static DeviceCounters of(StepMode mode) {
    Parameters root = Parameters.random(5).on(CUDA);
    BertConfig config = new BertConfig(60, 32, BLOCKS, 2, 64, 16, 2, 1e-12, 0.1, 0.1);
    Bert bert = new Bert(root.at("bert"), config);
    var sharing = new HardSharing(bert, root.at("bert").all());
    Task task =
        new Task(
            "first",
            new SequenceClassifier(root.at("head"), config.hiddenSize(), 2, 0.1),
            "head",
            examples(),
            List.of(),
            List.of(Scores.accuracy()));
    var model = new MultiTaskModel(root, sharing, List.of(task));
    TrainingPlan plan = TrainingPlan.fineTuning(STEPS, 3).withMode(mode);
    SoftwareDevice device = SoftwareDevice.get();
    List<DeviceCounters> steps = new ArrayList<>();
    new MultiTaskTrainer(model, plan, new RoundRobinSampler(1), FixedWeighting.equal(1))
        .train(
            new TrainingListener() {
              @Override
              public void onStep(StepReport report) {
                steps.add(device.counters());
                device.resetCounters();
              }
            });
    return steps.getLast();
  }

  /// As many as fill one batch of the plan, so that all batches have one shape.
  private static List<Example> examples() {
    RandomStream random = new RandomStream(7, 7);
    List<Example> all = new ArrayList<>();
    for (int i = 0; i < SEQUENCES; i++) {
      int[] ids = new int[12];
      Arrays.setAll(ids, _ -> random.nextInt(60));
      all.add(new Example(ids, new Target.SequenceClass(ids[0] % 2)));
    }
    return all;
  }
}

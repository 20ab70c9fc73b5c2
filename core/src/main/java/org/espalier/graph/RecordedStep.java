package org.espalier.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Handles;
import org.espalier.engine.Recordings;
import org.espalier.spi.Layout;
import org.espalier.spi.Recording;
import org.espalier.spi.Storage;
import org.espalier.spi.View;

/// A step that is recorded once, with what the host does in each of its runs.
final class RecordedStep<I> extends Step<I> implements AutoCloseable {
  private final Object key;
  private final Plan plan;
  private final Recording recording;
  private final List<Function<? super I, Tensor>> feeds = new ArrayList<>();
  private final List<ToLongFunction<? super I>> seeds = new ArrayList<>();
  private final Map<Storage, String> changes = new HashMap<>();
  private final List<View> outputs = new ArrayList<>();

  private RecordedStep(Device device, Object key, I input, Plan plan, Recording recording) {
    super(device, input);
    this.key = key;
    this.plan = plan;
    this.recording = recording;
  }

  /// Records a step.
  ///
  /// @throws TensorException when the step does what cannot be recorded; nothing is left of it then
  static <I> RecordedStep<I> of(
      Device device, Object key, I input, Plan plan, Recording recording, StepBody<I> body) {
    RecordedStep<I> step = new RecordedStep<>(device, key, input, plan, recording);
    try {
      Recordings.on(
          device, () -> Storage.watchingChanges(step.changes::put, () -> step.record(body)));
      recording.finish();
      step.changes.keySet().removeIf(s -> s.isHeldBy(0)); // what was gone with the step
      return step;
    } catch (RuntimeException | Error e) {
      try {
        recording.close();
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private void record(StepBody<I> body) {
    try (Scope _ = Scope.open()) {
      for (Tensor result : body.run(this)) {
        Tensor last = result.detach().contiguous();
        outputs.add(recording.output(Handles.view(last)));
      }
    }
    if (feeds.size() != plan.feeds().size() || seeds.size() != plan.seeds()) {
      throw new TensorException(
          "the step "
              + key
              + " asked for "
              + plan.feeds().size()
              + " feeds and "
              + plan.seeds()
              + " seeds in its first run, and for "
              + feeds.size()
              + " and "
              + seeds.size()
              + " in its second; all runs of a key ask for the same");
    }
  }

  @Override
  public Tensor feed(Function<? super I, Tensor> values) {
    int index = feeds.size();
    requireOneMore(index, plan.feeds().size(), "feeds");
    feeds.add(values);
    View memory = recording.input(index);
    Layout layout = Layout.contiguous(plan.feeds().get(index).shape(), memory.offset());
    return Handles.wrap(memory.with(layout), device());
  }

  @Override
  public long seed(ToLongFunction<? super I> seed) {
    int index = seeds.size();
    requireOneMore(index, plan.seeds(), "seeds");
    seeds.add(seed);
    return recording.seed(index);
  }

  private void requireOneMore(int index, int ofFirstRun, String what) {
    if (index == ofFirstRun) {
      throw new TensorException(
          "the step "
              + key
              + " asks for more than the "
              + index
              + " "
              + what
              + " of its first run; all runs of a key ask for the same");
    }
  }

  /// Does all of it for an input, but the host's part afterwards.
  ///
  /// @return where the results are
  List<View> run(I now) {
    try (Scope _ = Scope.open()) {
      List<View> values = new ArrayList<>(feeds.size());
      for (int i = 0; i < feeds.size(); i++) {
        Tensor made = EagerStep.onHeap(feeds.get(i).apply(now)).contiguous();
        plan.feeds().get(i).check(i, made, key);
        values.add(Handles.view(made));
      }
      recording.run(values, seeds.stream().mapToLong(s -> s.applyAsLong(now)).toArray());
    }
    changes.forEach(Storage::touch);
    return outputs;
  }

  @Override
  public void close() {
    recording.close();
  }
}

package org.espalier.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.engine.Recordings;
import org.espalier.spi.Backend;
import org.espalier.spi.View;

/// Steps that a device records once for each shape and then does as a whole: CUDA graphs. Launching
/// the hundreds of kernels of a training step one by one takes the host longer than a GPU takes for
/// a small batch; a recorded step is one launch.
///
/// ```java
/// record Input(Tensor ids, float rate) {}
/// var steps = new StepGraphs<Input>(device, 8, step -> {
///   Tensor ids = step.feed(Input::ids);
///   Tensor rate = step.feed(in -> Tensor.scalar(in.rate()));
///   return List.of(train(ids, rate)); // forward, backward, update
/// });
/// for (Input in : batches) {
///   Tensor loss = steps.run(in.ids().shape(), in).getFirst();
/// }
/// ```
///
/// A key stands for everything that decides shapes, and for every other choice that the step makes
/// on the host. The first run of a key is computed at once, which makes what is made only once (the
/// moments of an optimiser); the second records, and runs what it recorded; all later ones run
/// that. On devices that record nothing, and of [#eager], every run is computed at once: the same
/// step with the same kernels, so the same bits.
///
/// What a step must not do while it is recorded is refused, with its name: read on the host
/// (`item()`, a norm), copy from the heap (`to(device)`; use [Step#feed]), draw random numbers by a
/// seed that is not [Step#seed]'s, and leave tensors behind that it made. A refused recording has
/// computed nothing; gradients it left have no values and must be forgotten (`zeroGrad`). Where the
/// device has no memory left while it records, the steps that were run longest ago are dropped one
/// after another, and the step is recorded again; the error comes when none is left. What a step
/// computes on another device, or in plain Java, is no part of the recording: later runs do not do
/// it.
///
/// Belongs to one thread.
///
/// @param <I> what a run is given
public final class StepGraphs<I> implements AutoCloseable {
  private final Device device;
  private final boolean records;
  private final int most;
  private final StepBody<I> body;
  private final Map<Object, Plan> plans = new HashMap<>();
  private final LinkedHashMap<Object, RecordedStep<I>> recorded =
      new LinkedHashMap<>(16, 0.75f, true);
  private List<Tensor> results = List.of();
  private long eagerRuns;
  private long recordings;
  private long replays;

  /// What the runs so far were.
  ///
  /// @param eager runs that were computed at once
  /// @param recordings how often a step was recorded
  /// @param replays runs of recorded steps
  /// @param kept recorded steps that are kept now
  public record Stats(long eager, long recordings, long replays, int kept) {}

  /// Makes steps that are recorded where the device can.
  ///
  /// @param most recorded steps that are kept; the one that was run longest ago makes room
  /// @throws TensorException when `most` is not positive
  public StepGraphs(Device device, int most, StepBody<I> body) {
    this(device, most, body, Backends.of(device).records());
  }

  private StepGraphs(Device device, int most, StepBody<I> body, boolean records) {
    if (most < 1) {
      throw new TensorException("at least 1 recorded step must be kept, not " + most);
    }
    this.device = device;
    this.most = most;
    this.body = body;
    this.records = records;
  }

  /// Returns steps that are computed at once in every run, on any device.
  public static <I> StepGraphs<I> eager(Device device, StepBody<I> body) {
    return new StepGraphs<>(device, 1, body, false);
  }

  /// Tells whether a step of this device is being recorded on this thread: for layers that make
  /// constants, which then must be made on the device.
  public static boolean isRecording(Device device) {
    return Recordings.isOn(device);
  }

  /// Runs the step.
  ///
  /// @param key equal for inputs with which the step asks its device for the same work
  /// @return the results of the step, on its device; the next run closes them
  /// @throws TensorException when the step does what cannot be recorded
  public List<Tensor> run(Object key, I input) {
    closeResults();
    Plan plan = records ? plans.get(key) : null;
    if (plan == null) {
      return eagerly(key, input);
    }
    RecordedStep<I> step = recorded.get(key);
    if (step == null) {
      step = record(key, input, plan);
    }
    List<View> outputs = step.run(input);
    replays++;
    results = outputs.stream().map(v -> Handles.wrapUnscoped(v, device)).toList();
    finish(step.afterwards(), input);
    return results;
  }

  private List<Tensor> eagerly(Object key, I input) {
    EagerStep<I> step = new EagerStep<>(device, input);
    try (Scope _ = Scope.open()) {
      List<Tensor> kept = new ArrayList<>();
      for (Tensor result : body.run(step)) {
        View view = Handles.view(result.contiguous());
        kept.add(Handles.wrapUnscoped(view, device));
      }
      results = List.copyOf(kept);
    }
    eagerRuns++;
    if (records) {
      plans.put(key, step.plan());
    }
    finish(step.afterwards(), input);
    return results;
  }

  /// Records a step, where the device has no memory left once more, and then for each recorded step
  /// that makes room.
  private RecordedStep<I> record(Object key, I input, Plan plan) {
    while (recorded.size() >= most) {
      dropEldest();
    }
    for (boolean again = false; ; again = true) {
      try {
        return recordOnce(key, input, plan);
      } catch (TensorException e) {
        if (!e.isOutOfMemory() || (again && recorded.isEmpty())) {
          throw e;
        }
        // A device that is recording cannot wait for memory; before it begins again, it can.
        if (again) {
          dropEldest();
        }
      }
    }
  }

  private void dropEldest() {
    Object eldest = recorded.keySet().iterator().next();
    RecordedStep<I> dropped = recorded.remove(eldest);
    if (dropped != null) {
      dropped.close();
    }
  }

  private RecordedStep<I> recordOnce(Object key, I input, Plan plan) {
    Backend backend = Backends.of(device);
    RecordedStep<I> step =
        RecordedStep.of(
            device, key, input, plan, backend.record(plan.inputs(), plan.seeds()), body);
    recordings++;
    recorded.put(key, step);
    return step;
  }

  private void finish(List<Consumer<I>> afterwards, I input) {
    afterwards.forEach(then -> then.accept(input));
  }

  private void closeResults() {
    results.forEach(Handles::close);
    results = List.of();
  }

  /// Returns what the runs so far were.
  public Stats stats() {
    return new Stats(eagerRuns, recordings, replays, recorded.size());
  }

  /// Closes the results of the last run, and gives back what the recorded steps keep; waits for
  /// those that run.
  @Override
  public void close() {
    closeResults();
    recorded.values().forEach(RecordedStep::close);
    recorded.clear();
  }
}

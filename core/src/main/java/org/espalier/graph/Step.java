package org.espalier.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.espalier.Device;
import org.espalier.Tensor;

/// What a step sees of its run, and through which everything comes in that is another in the next.
///
/// A function given here is called in every run, with the input of that run, though the step itself
/// may have been recorded long before. What else of [#input] the step looks at must be the same for
/// all inputs of one key.
///
/// @param <I> what a run is given
public abstract sealed class Step<I> permits EagerStep, RecordedStep {
  private final Device device;
  private final I input;
  private final List<Consumer<I>> afterwards = new ArrayList<>();

  Step(Device device, I input) {
    this.device = device;
    this.input = input;
  }

  /// Returns the device of the step.
  public final Device device() {
    return device;
  }

  /// Returns the input of this run; of a step that is being recorded, of the first of its runs.
  public final I input() {
    return input;
  }

  /// Tells whether the step is being recorded: nothing is computed before it ends.
  public final boolean isRecorded() {
    return this instanceof RecordedStep<I>;
  }

  /// Returns a tensor on the device that holds what `values` makes of each run's input.
  ///
  /// @param values makes a tensor on the heap, of one shape and dtype for all inputs of a key
  public abstract Tensor feed(Function<? super I, Tensor> values);

  /// Returns a seed for random operations, another one in each run. While a step is being recorded
  /// it is a number that stands for the seed: give it to `Dropout` and `Attention` as it is, and do
  /// not calculate with it.
  public abstract long seed(ToLongFunction<? super I> seed);

  /// Asks for something to be done on the host after each run that did not fail: to count, for
  /// example.
  public final void afterwards(Consumer<I> then) {
    afterwards.add(then);
  }

  final List<Consumer<I>> afterwards() {
    return afterwards;
  }
}

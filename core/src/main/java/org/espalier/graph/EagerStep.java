package org.espalier.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// A run that computes at once, and notes what it was fed for a later recording.
final class EagerStep<I> extends Step<I> {
  private final List<Feed> feeds = new ArrayList<>();
  private int seeds;

  EagerStep(Device device, I input) {
    super(device, input);
  }

  @Override
  public Tensor feed(Function<? super I, Tensor> values) {
    Tensor made = onHeap(values.apply(input()));
    feeds.add(new Feed(made.dtype(), made.shape()));
    return made.to(device());
  }

  @Override
  public long seed(ToLongFunction<? super I> seed) {
    seeds++;
    return seed.applyAsLong(input());
  }

  Plan plan() {
    return new Plan(List.copyOf(feeds), seeds);
  }

  /// Returns what a feed made.
  ///
  /// @throws TensorException when it lies on a device
  static Tensor onHeap(Tensor made) {
    if (!made.device().equals(Device.CPU)) {
      throw new TensorException(
          "a step was fed a tensor on "
              + made.device()
              + "; make what is fed on the cpu, the step moves it");
    }
    return made;
  }
}

package org.espalier.engine;

import java.util.Objects;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Node;
import org.espalier.spi.Storage;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// The engine's door into `Tensor`: what a user must not see (memory, layout, graph node), ops and
/// autograd must.
///
/// `Tensor` installs the one implementation when it is loaded, so nothing of it is public there.
public abstract class Handles {
  private static volatile @Nullable Handles installed;

  /// Makes the implementation; only `Tensor` does.
  protected Handles() {}

  /// Installs the implementation.
  public static void install(Handles handles) {
    installed = handles;
  }

  private static Handles door() {
    Handles h = installed;
    if (h == null) {
      Tensor.scalar(0f); // loads the class, which installs the door
      h = Objects.requireNonNull(installed);
    }
    return h;
  }

  /// Returns what a kernel sees of a tensor.
  ///
  /// @throws org.espalier.TensorException when its scope has been closed
  public static View view(Tensor t) {
    return door().viewOf(t);
  }

  /// Returns the graph node that computed a tensor or stands for a leaf; null when no gradient
  /// flows through it.
  public static @Nullable Node node(Tensor t) {
    return door().nodeOf(t);
  }

  /// Sets the graph node of a tensor.
  public static void setNode(Tensor t, Node node) {
    door().setNodeOf(t, node);
  }

  /// Makes a handle in the scope that is open on this thread.
  public static Tensor wrap(View view, Device device) {
    return door().make(view, device, true);
  }

  /// Makes a handle that belongs to no scope: whoever asked closes it or leaves it to the garbage
  /// collector.
  public static Tensor wrapUnscoped(View view, Device device) {
    return door().make(view, device, false);
  }

  /// Returns how many handles of the innermost scope of this thread hold a memory.
  public static int heldByScope(Storage storage) {
    return door().heldByScopeOf(storage);
  }

  /// Lets go of a handle; the second time does nothing.
  public static void close(Tensor t) {
    door().closeHandle(t);
  }

  /// Returns the gradient a leaf has accumulated, null when none.
  public static @Nullable Gradient gradient(Tensor t) {
    return door().gradientOf(t);
  }

  /// Replaces the gradient a leaf has accumulated; the handles in it are closed by the next
  /// replacement or by `zeroGrad`.
  public static void setGradient(Tensor t, @Nullable Gradient gradient) {
    door().setGradientOf(t, gradient);
  }

  /// See [#view].
  protected abstract View viewOf(Tensor t);

  /// See [#node].
  protected abstract @Nullable Node nodeOf(Tensor t);

  /// See [#setNode].
  protected abstract void setNodeOf(Tensor t, Node node);

  /// See [#wrap] and [#wrapUnscoped].
  protected abstract Tensor make(View view, Device device, boolean scoped);

  /// See [#gradient].
  protected abstract @Nullable Gradient gradientOf(Tensor t);

  /// See [#setGradient].
  protected abstract void setGradientOf(Tensor t, @Nullable Gradient gradient);

  /// See [#heldByScope].
  protected abstract int heldByScopeOf(Storage storage);

  /// See [#close].
  protected abstract void closeHandle(Tensor t);
}

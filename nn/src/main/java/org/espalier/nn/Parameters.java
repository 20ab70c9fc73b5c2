package org.espalier.nn;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.random.RandomStream;
import org.jspecify.annotations.Nullable;

/// A place in the tree of a model's parameters: what modules are built from.
///
/// ```java
/// var root = Parameters.random(seed);           // or Parameters.loading(weights, seed)
/// var layer = new Linear(root.at("encoder").at(0).at("dense"), 384, 1536);
/// root.all();                                   // encoder.0.dense.weight, encoder.0.dense.bias
/// ```
///
/// A parameter's starting values depend on the seed and its own name alone. When weights are
/// loading, a name that they have is taken from there; when they are loaded, every name is.
public final class Parameters {
  private final Tree tree;
  private final String path;
  private final boolean frozen;
  private final Device device;

  /// What all places of one tree share.
  private static final class Tree {
    final long seed;
    final @Nullable Weights weights;
    final boolean complete;
    final Map<String, Tensor> tensors = new LinkedHashMap<>();

    Tree(long seed, @Nullable Weights weights, boolean complete) {
      this.seed = seed;
      this.weights = weights;
      this.complete = complete;
    }
  }

  private Parameters(Tree tree, String path, boolean frozen, Device device) {
    this.tree = tree;
    this.path = path;
    this.frozen = frozen;
    this.device = device;
  }

  /// Returns the root of a tree whose parameters start with random values.
  public static Parameters random(long seed) {
    return new Parameters(new Tree(seed, null, false), "", false, Device.CPU);
  }

  /// Returns the root of a tree whose parameters come from `weights` where it has their name, and
  /// start with random values elsewhere.
  public static Parameters loading(Weights weights, long seed) {
    return new Parameters(new Tree(seed, weights, false), "", false, Device.CPU);
  }

  /// Returns the root of a tree whose parameters all come from `weights`: a name they do not have
  /// is the exception that [Weights#get] throws.
  public static Parameters loaded(Weights weights) {
    return new Parameters(new Tree(0, weights, true), "", false, Device.CPU);
  }

  /// Returns the place `name` below this one; dots separate levels.
  public Parameters at(String name) {
    return new Parameters(tree, join(name), frozen, device);
  }

  /// Returns the place with this number below this one.
  public Parameters at(int index) {
    return at(Integer.toString(index));
  }

  /// Returns this place with gradients off: parameters made below it are not trained. Matrices that
  /// the weights hold in F16 or BF16 stay so: layers give the bits of the same values in F32, from
  /// half the memory.
  public Parameters frozen() {
    return new Parameters(tree, path, true, device);
  }

  /// Returns this place on a device: parameters made below it lie there. Their starting values are
  /// the same on every device.
  public Parameters on(Device device) {
    return new Parameters(tree, path, frozen, device);
  }

  /// Returns the device on which parameters made at this place lie.
  public Device device() {
    return device;
  }

  private String join(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /// Returns the path of this place; empty for the root.
  public String path() {
    return path;
  }

  /// Makes the parameter `name` at this place: f32, or for a [#frozen] matrix that the weights have
  /// in F16 or BF16, that.
  ///
  /// @throws TensorException when the name is taken, or the loaded weights have it in another shape
  public Tensor make(String name, Shape shape, Initializer initializer) {
    String full = join(name);
    if (tree.tensors.containsKey(full)) {
      throw new TensorException(
          "parameter '" + full + "' exists already; each needs a path of its own");
    }
    Weights w = tree.weights;
    Tensor values =
        Scope.outside(() ->
            w != null && (tree.complete || w.names().contains(full))
                ? placed(kept(w.get(full), w.readsAnew()))
                : placed(initializer.values(shape, new RandomStream(tree.seed, hash(full)))));
    if (!values.shape().equals(shape)) {
      throw new TensorException(
          "parameter '"
              + full
              + "' is "
              + values.shape()
              + " in the weights, but the model needs "
              + shape);
    }
    if (!frozen) {
      values.requireGrad();
    }
    tree.tensors.put(full, values);
    return values;
  }

  private Tensor placed(Tensor values) {
    return Autograd.noGrad(() -> values.to(device));
  }

  /// The loaded values in the dtype they are kept in, and in memory that no one else has: training
  /// changes it in place.
  private Tensor kept(Tensor loaded, boolean owned) {
    boolean keeps = frozen && loaded.dtype().isHalf() && loaded.rank() > 1;
    if (!keeps && loaded.dtype() != DType.F32) {
      return Autograd.noGrad(() -> loaded.to(DType.F32));
    }
    return owned ? loaded : Autograd.noGrad(loaded::copy);
  }

  /// Returns a number for a place that draws random bits, the same in every model with the same
  /// names.
  public int stream(String name) {
    return hash(join(name));
  }

  private static int hash(String name) {
    CRC32C crc = new CRC32C();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }

  /// Returns the parameters at or below this place by full name, in the order of their making.
  public Map<String, Tensor> all() {
    Map<String, Tensor> below = new LinkedHashMap<>();
    tree.tensors.forEach((name, t) -> {
      if (path.isEmpty() || name.equals(path) || name.startsWith(path + ".")) {
        below.put(name, t);
      }
    });
    return Collections.unmodifiableMap(below);
  }

  /// Returns the parameter `name` at this place.
  ///
  /// @throws TensorException when there is none
  public Tensor get(String name) {
    Tensor t = tree.tensors.get(join(name));
    if (t == null) {
      throw new TensorException("there is no parameter '" + join(name) + "'");
    }
    return t;
  }

  /// Returns those of [#all] that are trained.
  public List<Tensor> trained() {
    List<Tensor> out = new ArrayList<>();
    for (Tensor t : all().values()) {
      if (t.requiresGrad()) {
        out.add(t);
      }
    }
    return out;
  }

  /// Returns the number of elements of all parameters at or below this place.
  public long count() {
    return all().values().stream().mapToLong(Tensor::elements).sum();
  }

  /// Returns the names in the loaded weights that no parameter took.
  public Set<String> unused() {
    Weights w = tree.weights;
    Set<String> left = new TreeSet<>(w == null ? Set.of() : w.names());
    left.removeAll(tree.tensors.keySet());
    return left;
  }
}

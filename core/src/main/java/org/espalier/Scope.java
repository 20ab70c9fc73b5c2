package org.espalier;

import java.util.Arrays;
import java.util.function.Supplier;
import org.espalier.spi.Storage;
import org.jspecify.annotations.Nullable;

/// Bounds the life of tensors: those made on this thread while it is open are closed with it, and
/// their memory is used again.
///
/// What backward needs is kept by the graph, not by the scope, so a layer may close its scope as
/// soon as it has its result. Without any scope the garbage collector owns everything.
///
/// ```java
/// try (var scope = Scope.open()) {
///   Tensor hidden = x.matmul(w).tanh();
///   result = scope.keep(hidden.sum());
/// }
/// ```
///
/// Scopes nest and belong to the thread that opened them.
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();
  private static final Tensor[] NONE = {};

  private final @Nullable Scope outer;
  private final Thread owner = Thread.currentThread();
  private Tensor[] handles = NONE;
  private int count;
  private boolean open = true;

  private Scope(@Nullable Scope outer) {
    this.outer = outer;
  }

  /// Opens a scope inside the one that is open on this thread, if any.
  public static Scope open() {
    Scope scope = new Scope(CURRENT.get());
    CURRENT.set(scope);
    return scope;
  }

  /// Runs `body` as if no scope were open: what it makes lives until the garbage collector finds it
  /// unused. For parameters and the state of optimisers.
  public static <T> T outside(Supplier<T> body) {
    Scope before = CURRENT.get();
    CURRENT.remove();
    try {
      return body.get();
    } finally {
      CURRENT.set(before);
    }
  }

  static @Nullable Scope current() {
    return CURRENT.get();
  }

  void add(Tensor handle) {
    if (count == handles.length) {
      handles = Arrays.copyOf(handles, Math.max(4, 2 * count));
    }
    handles[count++] = handle;
  }

  /// Moves a tensor of this scope, or of one that is open inside it, to the scope around this one
  /// (or, when there is none, to the garbage collector) and returns it; a tensor of an outer scope
  /// stays where it is.
  ///
  /// @throws TensorException when this scope or the tensor is closed
  public Tensor keep(Tensor tensor) {
    check();
    tensor.moveOut(this, outer);
    return tensor;
  }

  /// Tells whether this is a scope or lies inside it.
  boolean isWithin(Scope other) {
    for (@Nullable Scope s = this; s != null; s = s.outer) {
      if (s == other) {
        return true;
      }
    }
    return false;
  }

  /// Returns how many open handles of this scope hold a memory.
  int holds(Storage storage) {
    int n = 0;
    for (int i = 0; i < count; i++) {
      n += handles[i].holdsIn(this, storage) ? 1 : 0;
    }
    return n;
  }

  /// Closes the tensors made in this scope that were not kept.
  ///
  /// @throws TensorException when an inner scope is still open or another thread calls
  @Override
  public void close() {
    if (!open) {
      return;
    }
    check();
    if (CURRENT.get() != this) {
      throw new TensorException(
          "an inner scope is still open; close scopes in the reverse order of opening");
    }
    open = false;
    CURRENT.set(outer);
    for (int i = 0; i < count; i++) {
      handles[i].closeIfIn(this);
    }
    handles = NONE;
    count = 0;
  }

  private void check() {
    if (!Thread.currentThread().equals(owner)) {
      throw new TensorException("a scope belongs to the thread that opened it: " + owner.getName());
    }
    if (!open) {
      throw new TensorException("this scope is closed");
    }
  }
}

package org.espalier.spi;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// The memory behind tensors: elements without shape.
///
/// It counts its holders (handles of open scopes, references of the tape). When the last one lets
/// go it is recycled; a holder that never lets go (a tensor made outside any scope) leaves it to
/// the garbage collector. It also counts its versions: each write in place is one, so that a
/// backward pass notices when a value it saved has been overwritten, and packed copies of a weight
/// know that they are stale.
public abstract sealed class Storage permits HeapStorage, DeviceStorage {
  private final DType dtype;
  private final int size;
  private final AtomicInteger holders = new AtomicInteger();
  private volatile int version;
  private volatile @Nullable String lastChange;
  private volatile @Nullable Map<Object, Derived> derived;

  /// Derived values of one storage: enough for the parts of a weight that layers read for
  /// themselves (queries, keys, values; gates), and a bound where parts are cut anew each time.
  private static final int MOST_DERIVED = 16;

  private record Derived(int version, Object value) {}

  private static final ScopedValue<BiConsumer<Storage, String>> CHANGES = ScopedValue.newInstance();

  /// Runs `body` and tells `seen` of each write in place on this thread meanwhile, and by what: a
  /// recording does the same writes again.
  public static void watchingChanges(BiConsumer<Storage, String> seen, Runnable body) {
    ScopedValue.where(CHANGES, seen).run(body);
  }

  Storage(DType dtype, int size) {
    this.dtype = dtype;
    this.size = size;
  }

  /// Returns the dtype of the elements.
  public final DType dtype() {
    return dtype;
  }

  /// Returns the number of elements.
  public final int size() {
    return size;
  }

  /// Returns how often the elements were written in place.
  public final int version() {
    return version;
  }

  /// Returns what wrote in place last, null when nothing did.
  public final @Nullable String lastChange() {
    return lastChange;
  }

  /// Notes a write in place by nobody in particular.
  public final void touch() {
    touch("a write in place");
  }

  /// Notes a write in place.
  ///
  /// @param by what wrote, for the error of a backward pass that needs the elements as they were
  @SuppressWarnings("NonAtomicVolatileUpdate") // writers of one storage are ordered by its user
  public final void touch(String by) {
    lastChange = by;
    version++;
    if (CHANGES.isBound()) {
      CHANGES.get().accept(this, by);
    }
  }

  /// Adds a holder.
  public final void retain() {
    holders.incrementAndGet();
  }

  /// Removes a holder; the last one recycles the memory.
  ///
  /// @throws TensorException when there is no holder left to remove
  public final void release() {
    int left = holders.decrementAndGet();
    if (left == 0) {
      recycle();
    } else if (left < 0) {
      throw new TensorException(
          "a tensor's memory was released twice; this is a defect of Espalier");
    }
  }

  /// Tells whether exactly one holder is left, so that its owner may write in place unseen.
  public final boolean isExclusive() {
    return holders.get() == 1;
  }

  /// Tells whether there are exactly so many holders.
  public final boolean isHeldBy(int count) {
    return holders.get() == count;
  }

  /// Gives the memory back to where it came from.
  protected abstract void recycle();

  /// Returns the value that `make` derives from these elements (a packed copy of a weight), made
  /// again only when the version moved. At most 16 are kept: a new one beyond them takes the place
  /// of a stale one, or of any.
  ///
  /// @param key what is derived
  /// @param make receives the stale value to write into, or null
  @SuppressWarnings("unchecked")
  public final <T> T derived(Object key, Function<@Nullable T, T> make) {
    Map<Object, Derived> map = derived;
    if (map != null) {
      Derived d = map.get(key);
      if (d != null && d.version == version) {
        return (T) d.value;
      }
    }
    synchronized (this) {
      map = derived;
      if (map == null) {
        derived = map = new ConcurrentHashMap<>();
      }
      Derived d = map.get(key);
      if (d != null && d.version == version) {
        return (T) d.value;
      }
      int now = version;
      T value = make.apply(d == null ? null : (T) d.value);
      if (d == null && map.size() >= MOST_DERIVED) {
        map.remove(leastUseful(map, now));
      }
      map.put(key, new Derived(now, value));
      return value;
    }
  }

  /// Returns what is kept under a key, null when there is nothing or the version moved since.
  public final @Nullable Object derivedNow(Object key) {
    Map<Object, Derived> map = derived;
    Derived d = map == null ? null : map.get(key);
    return d == null || d.version != version ? null : d.value;
  }

  private static Object leastUseful(Map<Object, Derived> map, int now) {
    Object any = null;
    for (Map.Entry<Object, Derived> e : map.entrySet()) {
      any = e.getKey();
      if (e.getValue().version != now) {
        break;
      }
    }
    return Objects.requireNonNull(any);
  }

  /// Tells whether this is the very memory that `other` is.
  @SuppressWarnings("ReferenceEquality")
  public final boolean is(Storage other) {
    return this == other;
  }

  /// Returns how many derived values are kept.
  public final int derivedCount() {
    Map<Object, Derived> map = derived;
    return map == null ? 0 : map.size();
  }
}

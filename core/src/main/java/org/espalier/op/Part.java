package org.espalier.op;

import org.espalier.spi.Layout;

/// A view that shows each element of a tensor at most once, so that [Place] can put values back
/// where they were seen.
public sealed interface Part extends Op permits Slice, Diagonal {
  /// Returns where the elements of the part lie.
  Layout of(Layout whole);
}

package org.espalier.spi;

import org.jspecify.annotations.Nullable;

/// A batch of matrix products `c = start + a b`.
///
/// Each element is one chain of fused multiply-adds in increasing inner index that begins at its
/// `start` element: bias (a row with row stride 0), residual, or `c` itself, which accumulates into
/// a gradient. So the bits depend on nothing but the operands.
///
/// @param a `[batch..., m, k]`, where a leading size of 1 stands for any (not expanded, because a
///   view of what is read would have more elements than a shape may); any strides, so a transposed
///   operand is a permuted view
/// @param b `[batch..., k, n]`, its leading sizes like those of `a`
/// @param start `[batch..., m, n]` (usually broadcast), or null for 0; may be the same view as `c`
/// @param c `[batch..., m, n]`, rows contiguous
/// @param reuseB whether `b` is a parameter that many products read: the backend may keep it packed
///   until its version moves
public record Matmul(View a, View b, @Nullable View start, View c, boolean reuseB) {}

package org.espalier;

/// Elements in an order, and where they came from.
///
/// ```java
/// Ranked best = logits.topK(5);
/// best.values(); // [rows, 5], the largest first
/// best.indices(); // their columns
/// ```
///
/// @param values the elements; gradients flow back to where they came from
/// @param indices I64, of the shape of `values`: places along the axis that was ordered
public record Ranked(Tensor values, Tensor indices) {}

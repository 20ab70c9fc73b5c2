package org.espalier.memory;

/// What a pool has done so far.
///
/// @param liveBytes bytes handed out and not given back; arrays that the garbage collector took
///   meanwhile (of tensors outside any scope, which nobody gives back) still count, because
///   following each of them would cost an object per tensor
/// @param pooledBytes bytes that lie free in the pool
/// @param peakBytes the largest `liveBytes` since the start or the last reset
/// @param hits requests answered with an array used before
/// @param misses requests answered with a new array
public record PoolStats(long liveBytes, long pooledBytes, long peakBytes, long hits, long misses) {}

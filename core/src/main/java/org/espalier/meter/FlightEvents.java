package org.espalier.meter;

import org.espalier.memory.BufferPool;
import org.espalier.memory.PoolStats;
import org.jspecify.annotations.Nullable;

/// What touches event objects: loaded only once a recording has begun.
final class FlightEvents {
  private FlightEvents() {}

  static boolean wantsOps() {
    return new OpEvent().isEnabled();
  }

  static Object beginOp() {
    OpEvent event = new OpEvent();
    event.begin();
    return event;
  }

  static void endOp(Object begun, Frame frame) {
    OpEvent event = (OpEvent) begun;
    event.end();
    if (event.shouldCommit()) { // the texts are made only for events that pass the threshold
      event.op = frame.name();
      event.phase = frame.phase().label();
      event.shapes = frame.shapes();
      event.ownTime = frame.ownNanos();
      event.flops = frame.flops();
      event.bytes = frame.bytes();
      event.kernels = frame.kernels();
      event.delegated = frame.delegated();
      event.commit();
    }
  }

  static void pool(String what, long bytes, BufferPool pool) {
    PoolEvent event = new PoolEvent();
    if (event.shouldCommit()) {
      PoolStats stats = pool.stats();
      event.what = what;
      event.bytes = bytes;
      event.live = stats.liveBytes();
      event.pooled = stats.pooledBytes();
      event.commit();
    }
  }

  static @Nullable Object beginStep() {
    StepEvent event = new StepEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  static void endStep(Object begun, long number, String task, double loss, long tokens) {
    StepEvent event = (StepEvent) begun;
    event.end();
    if (event.shouldCommit()) {
      event.number = number;
      event.task = task;
      event.loss = loss;
      event.tokens = tokens;
      event.commit();
    }
  }
}

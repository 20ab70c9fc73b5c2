package org.espalier.cuda;

import java.util.StringJoiner;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUgraph;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;

/// A queue of work on a device, which runs in order and beside the host; does not wait for the
/// driver's default stream. Its owner owns the context.
///
/// Work that fails on the device shows at the next wait, when many kernels may have been launched.
/// The last of them are remembered for the message; with `-Despalier.cuda.debug=true` the stream
/// waits after each launch, and the message names the one.
final class Stream implements AutoCloseable {
  /// Waits after each launch when true.
  static final String DEBUG = "espalier.cuda.debug";

  private static final int REMEMBERED = 8;

  private final Context context;
  private final CUstream stream = new CUstream();
  private final boolean debug = Boolean.getBoolean(DEBUG);
  private final String[] last = new String[REMEMBERED];
  private boolean recording;
  private volatile long submitted;
  private volatile long completed;

  /// Makes a stream.
  Stream(Context context) {
    this.context = context;
    try (var _ = context.own()) {
      Driver.check(
          JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
          "making a stream");
    }
  }

  /// Returns the driver's handle.
  CUstream handle() {
    return stream;
  }

  /// Returns the number of pieces of work so far.
  long submitted() {
    return submitted;
  }

  /// Tells whether the first `number` pieces of work are known to be done, without asking.
  boolean isDone(long number) {
    return completed >= number;
  }

  /// Notes a piece of work that was submitted.
  ///
  /// @throws TensorException when it must not be named later but now, and failed
  @SuppressWarnings("NonAtomicVolatileUpdate") // the owner of the context alone writes
  void submit(String what) {
    last[(int) (submitted % REMEMBERED)] = what;
    submitted++;
    if (debug && !recording) {
      int result = JCudaDriver.cuStreamSynchronize(stream);
      if (result != CUresult.CUDA_SUCCESS) {
        throw Driver.failure(result, what);
      }
      completed = submitted;
    }
  }

  /// Waits until all work is done.
  ///
  /// @throws TensorException when some of it failed
  void synchronize() {
    try (var _ = context.own()) {
      long now = submitted;
      check(JCudaDriver.cuStreamSynchronize(stream), "waiting for the device");
      completed = now;
    }
  }

  /// Begins to record work instead of doing it. The owner keeps the context until the end.
  void beginRecording() {
    check(
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED),
        "beginning to record a step");
    recording = true;
  }

  /// Ends recording, and returns the work; the caller destroys it.
  ///
  /// @throws TensorException when something that cannot be recorded came between
  CUgraph endRecording() {
    recording = false;
    CUgraph graph = new CUgraph();
    int result = JCudaDriver.cuStreamEndCapture(stream, graph);
    if (result != CUresult.CUDA_SUCCESS) {
      // A recording that was spoiled has ended all the same; one that has not would block the
      // stream.
      if (JCudaDriver.cuStreamEndCapture(stream, graph) == CUresult.CUDA_SUCCESS) {
        JCudaDriver.cuGraphDestroy(graph);
      }
      throw Driver.failure(result, "recording a step");
    }
    return graph;
  }

  /// Throws when a call failed, with the kernels that may be the reason.
  void check(int result, String what) {
    if (result == CUresult.CUDA_SUCCESS) {
      return;
    }
    long from = Math.max(completed, submitted - REMEMBERED);
    if (debug || from == submitted) {
      throw Driver.failure(result, what);
    }
    StringJoiner names = new StringJoiner(", ");
    for (long i = from; i < submitted; i++) {
      names.add(last[(int) (i % REMEMBERED)]);
    }
    throw Driver.failure(
        result,
        what
            + " (launched since the last wait: "
            + (from > completed ? "..., " : "")
            + names
            + "; -D"
            + DEBUG
            + "=true tells which)");
  }

  /// Returns a new event that keeps no time.
  static CUevent event() {
    CUevent event = new CUevent();
    Driver.check(
        JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "making an event");
    return event;
  }

  /// Marks the work so far with an event.
  void record(CUevent event) {
    Driver.check(JCudaDriver.cuEventRecord(event, stream), "recording an event");
  }

  /// Lets the work to come wait for an event.
  void await(CUevent event) {
    Driver.check(JCudaDriver.cuStreamWaitEvent(stream, event, 0), "waiting for an event");
  }

  @Override
  public void close() {
    try (var _ = context.own()) {
      Driver.check(JCudaDriver.cuStreamDestroy(stream), "closing a stream");
    }
  }
}

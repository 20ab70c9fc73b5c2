package org.espalier.cuda;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;
import org.espalier.spi.Layout;
import org.espalier.spi.Recording;
import org.espalier.spi.View;

/// A CUDA graph: what one thread asked of the device from its making to [#finish].
///
/// Addresses are part of the recorded launches, so everything that lies there stays: memory from
/// before is held until this is closed, memory that was taken while recording is used by recorded
/// steps alone ([DeviceMemory]), and inputs, seeds and outputs have blocks of their own. The thread
/// keeps the context while it records: what another thread asked would become part of the graph.
final class RecordedGraph implements Recording {
  /// Seeds that stand for others are never small numbers that a caller may have chosen.
  private static final AtomicLong NEXT_SEED = new AtomicLong(0x6A09_E667_F3BC_C908L);

  private final CudaDevice device;
  private final Copies copies;
  private final RunInputs inputs;
  private final long firstSeed;
  private final Faults.Words words;
  private final Context.Owned owned;
  private final CUgraphExec executable = new CUgraphExec();
  private final Set<CudaStorage> kept = new HashSet<>();
  private final Set<CudaStorage> made = new HashSet<>();
  private final List<CudaStorage> outputs = new ArrayList<>();
  private Set<Block> used = Set.of();
  private State state = State.RECORDING;

  private enum State {
    RECORDING,
    READY,
    FAILED,
    CLOSED
  }

  private RecordedGraph(
      CudaDevice device, Copies copies, RunInputs inputs, Faults.Words words, Context.Owned owned) {
    this.device = device;
    this.copies = copies;
    this.inputs = inputs;
    this.words = words;
    this.owned = owned;
    firstSeed = NEXT_SEED.getAndAdd(inputs.seeds());
  }

  /// Begins to record.
  ///
  /// @param copies records those of outputs
  /// @throws TensorException when the thread is recording already, or the driver refuses
  @SuppressWarnings("MustBeClosedChecker")
  static RecordedGraph begin(CudaDevice device, Copies copies, List<Input> inputs, int seeds) {
    device.refuseWhileRecording("a step cannot be recorded within another one");
    Context.Owned owned = device.context().own();
    RunInputs of = null;
    Faults.Words words = null;
    try {
      device.memory().makeRoom();
      of = new RunInputs(device, inputs, seeds);
      words = device.faults().forRecording();
      RecordedGraph graph = new RecordedGraph(device, copies, of, words, owned);
      device.memory().refuseRecording();
      device.stream().beginRecording();
      device.memory().beginRecording();
      device.faults().record(words);
      device.record(graph);
      device.graphs().add(graph);
      return graph;
    } catch (TensorException e) {
      try (owned) {
        if (words != null) {
          device.stream().synchronize(); // they are being cleared
          words.close();
        }
        if (of != null) {
          of.close();
        }
      }
      throw e;
    }
  }

  @Override
  public View input(int index) {
    return inputs.view(index);
  }

  @Override
  public long seed(int index) {
    return firstSeed + index;
  }

  /// Returns the address of the words of a seed of this step.
  ///
  /// @throws TensorException when the seed is another one
  long seedWords(String kernel, long seed) {
    long index = seed - firstSeed;
    if (index < 0 || index >= inputs.seeds()) {
      throw new TensorException(
          kernel
              + " draws by the seed "
              + seed
              + ", which every run of a recorded step would repeat; take the seed from step.seed, and"
              + " do not calculate with it");
    }
    return inputs.seedAddress((int) index);
  }

  /// Holds memory from before the recording until this is closed.
  void keep(CudaStorage storage) {
    if (!inputs.has(storage) && kept.add(storage)) {
      storage.retain();
    }
  }

  /// Notes memory that was taken while recording.
  void made(CudaStorage storage) {
    made.add(storage);
  }

  /// Tells whether nothing that it computes will ever be there.
  boolean hasFailed() {
    return state == State.FAILED;
  }

  @Override
  public View output(View x) {
    // Aside, because the next step may be recorded onto what recorded steps share.
    int elements = x.elements();
    long bytes = (long) elements * x.dtype().bytes();
    CudaStorage storage =
        new CudaStorage(device, x.dtype(), elements, device.memory().takeAside(bytes));
    made.remove(storage);
    storage.retain();
    outputs.add(storage);
    View out = new View(storage, Layout.contiguous(x.shape()));
    if (elements > 0) {
      copies.copy(x, out);
    }
    return out;
  }

  @Override
  public void finish() {
    try {
      CUgraph graph = end();
      try {
        Driver.check(
            JCudaDriver.cuGraphInstantiate(executable, graph, 0L), "making a recorded step ready");
        state = State.READY;
      } finally {
        Driver.check(JCudaDriver.cuGraphDestroy(graph), "destroying a graph");
      }
      checkNothingLeft();
      owned.close();
    } catch (TensorException e) {
      try {
        drop(State.FAILED);
      } catch (TensorException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /// Lets what is asked from now on run again, and returns what was asked so far.
  private CUgraph end() {
    device.record(null);
    device.faults().record(null);
    used = device.memory().endRecording();
    return device.stream().endRecording();
  }

  private void checkNothingLeft() {
    for (CudaStorage storage : made) {
      if (!storage.isRecycled()) {
        throw new TensorException(
            "a recorded step leaves memory of "
                + storage.size()
                + " x "
                + storage.dtype()
                + " behind that it made, and every run would write over it; return it from the"
                + " step, close its scope, forget gradients (zeroGrad), or make it before");
      }
    }
    made.clear();
  }

  @Override
  public void run(List<View> values, long[] seeds) {
    try (var _ = device.context().own()) {
      if (state != State.READY) {
        throw new TensorException("a recorded step that is " + state + " cannot run");
      }
      device.refuseWhileRecording("a recorded step cannot run while another one is recorded");
      device.transfers().writeInOrder(inputs.fill(values, seeds), inputs.address());
      Stream stream = device.stream();
      stream.check(
          JCudaDriver.cuGraphLaunch(executable, stream.handle()), "launching a recorded step");
      device.faults().launched(words);
      stream.submit("a recorded step");
    }
  }

  @Override
  public void close() {
    switch (state) {
      case RECORDING -> drop(State.FAILED);
      case READY -> drop(State.CLOSED);
      case FAILED, CLOSED -> {}
    }
  }

  /// Gives everything back.
  private void drop(State as) {
    boolean ready = state == State.READY;
    state = as;
    device.graphs().remove(this);
    Context.Owned held = as == State.FAILED ? owned : device.context().own();
    try (held) {
      if (device.recording() == this) {
        abandon();
      }
      // What it has launched must be done before its memory and the graph itself go.
      device.stream().synchronize();
      if (ready) {
        Driver.check(JCudaDriver.cuGraphExecDestroy(executable), "destroying a recorded step");
      }
    } finally {
      giveBack();
    }
  }

  private void abandon() {
    try {
      Driver.check(JCudaDriver.cuGraphDestroy(end()), "destroying a graph");
    } catch (TensorException e) {
      // What spoiled the recording is being thrown already; the stream works again all the same.
    }
  }

  /// Once the work that uses it is done, or will never be.
  private void giveBack() {
    try (var _ = device.context().own()) {
      words.close();
      inputs.close();
      if (hasFailed()) {
        made.forEach(CudaStorage::recycle); // a gradient that is still held has no values to keep
      }
      outputs.forEach(CudaStorage::release);
      kept.forEach(CudaStorage::release);
      device.memory().dropRecording(used);
    }
  }
}
